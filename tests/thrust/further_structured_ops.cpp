#include "support/derivatives/thrust_rows.hpp"

TEST_CASE("further rows of structured ops on Thrust") {
  checks::check_on_thrust<checks::structured_rows, 18, 18, 1, tapeless::systems::cpp, checks::like_a_card>(1000);
}
