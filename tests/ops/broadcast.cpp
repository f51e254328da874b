// edges 35: every shape of up to three axes with every other; tests of derivatives draw those of four.
#include "support/broadcast.hpp"

namespace checks {

TEST_CASE("a number and vectors with all shapes of up to three axes") {
  check_broadcast<operand_shape{}, operand_shape(9), operand_shape(1)>();
}

}  // namespace checks
