#include "support/check.hpp"

#include <tapeless/ops/comparison.hpp>

#include <functional>

namespace checks {

TEST_CASE("less") { check_exact<tl::less_op, float, double, std::int32_t, std::int64_t>(std::less{}); }
TEST_CASE("less_equal") { check_exact<tl::less_equal_op, float, double, std::int32_t, std::int64_t>(std::less_equal{}); }
TEST_CASE("greater") { check_exact<tl::greater_op, float, double, std::int32_t, std::int64_t>(std::greater{}); }
TEST_CASE("greater_equal") { check_exact<tl::greater_equal_op, float, double, std::int32_t, std::int64_t>(std::greater_equal{}); }
TEST_CASE("equal") { check_exact<tl::equal_op, float, double, std::int32_t, std::int64_t, bool>(std::equal_to{}); }
TEST_CASE("not_equal") { check_exact<tl::not_equal_op, float, double, std::int32_t, std::int64_t, bool>(std::not_equal_to{}); }

}  // namespace checks
