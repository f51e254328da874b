#include "support/broadcast.hpp"

namespace checks {

TEST_CASE("gradients of what three axes and all shapes of up to three axes give") {
  check_broadcast_gradients<operand_shape(3, 5, 9), operand_shape(3, 1, 9)>();
}

}  // namespace checks
