#include "support/broadcast.hpp"

#include <tapeless/ops/arithmetic.hpp>

namespace checks {

TEST_CASE("all pairs of shapes of up to two axes") { check_broadcast<tl::divide_op, 2>({.from = -2, .to = 2, .from_b = 1, .to_b = 3}); }

}  // namespace checks
