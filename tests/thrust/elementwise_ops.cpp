#include "support/derivatives/thrust_rows.hpp"

TEST_CASE("rows of elementwise ops on Thrust") {
  checks::check_on_thrust<checks::elementwise_rows, 0, 15, 0, tapeless::systems::cpp>(280);
  checks::check_on_thrust<checks::elementwise_rows, 15, 15, 0, tapeless::systems::cpp>(280);
  checks::check_on_thrust<checks::elementwise_rows, 30, 15, 0, tapeless::systems::cpp>(280);
  checks::check_on_thrust<checks::elementwise_rows, 45, 14, 0, tapeless::systems::cpp>(260);
}
