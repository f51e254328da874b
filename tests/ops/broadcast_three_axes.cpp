#include "support/broadcast.hpp"

#include <tapeless/ops/arithmetic.hpp>

namespace checks {

TEST_CASE("(2, 3, 4), (2, 1, 4) and (1, 3, 1) with all shapes of up to three axes") {
  check_broadcast<tl::divide_op, 3, 7, 9, 12>({.from = -2, .to = 2, .from_b = 1, .to_b = 3});
}

}  // namespace checks
