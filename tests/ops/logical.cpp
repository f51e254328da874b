#include "support/check.hpp"

#include <tapeless/ops/logical.hpp>

#include <functional>

namespace checks {

TEST_CASE("logical_and") { check_exact<tl::logical_and_op, bool>(std::logical_and{}); }
TEST_CASE("logical_or") { check_exact<tl::logical_or_op, bool>(std::logical_or{}); }
TEST_CASE("logical_xor") { check_exact<tl::logical_xor_op, bool>(std::not_equal_to{}); }
TEST_CASE("logical_not") { check_exact<tl::logical_not_op, bool>(std::logical_not{}); }

}  // namespace checks
