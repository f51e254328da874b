#include "support/broadcast.hpp"

namespace checks {

TEST_CASE("three axes with all shapes of up to three axes") {
  check_broadcast_values<operand_shape(3, 5, 9), operand_shape(3, 5, 1), operand_shape(3, 1, 9), operand_shape(3, 1, 1)>();
}
TEST_CASE("three axes, the first of extent 1, with all shapes of up to three axes") {
  check_broadcast_values<operand_shape(1, 5, 9), operand_shape(1, 5, 1), operand_shape(1, 1, 9), operand_shape(1, 1, 1)>();
}

}  // namespace checks
