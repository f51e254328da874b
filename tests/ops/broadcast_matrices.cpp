#include "support/broadcast.hpp"

namespace checks {

TEST_CASE("matrices with all shapes of up to three axes") {
  check_broadcast_values<operand_shape(5, 9), operand_shape(5, 1), operand_shape(1, 9), operand_shape(1, 1)>();
}

}  // namespace checks
