// The checkers of broadcasting and of stored cases: ops with planted mistakes must be found out.
#include "support/broadcast.hpp"
#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/matmul.hpp>

namespace checks {

namespace {

using tl::elementwise, tl::gradients, tl::ref, tl::inputs;

struct product : elementwise<2> {
  static constexpr auto name = "a^2 b";
  template <class T> static constexpr T value(T a, T b) { return a * a * b; }
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) { return inputs(dy * (2.0 * (a * b)), dy * (a * a)); }
};
/// Right where both operands have the rank of the result.
struct counted_twice : product {
  static constexpr auto name = "a broadcast operand counted twice";
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) {
    const ref db = dy * (a * a);
    return inputs(dy * (2.0 * (a * b)), b.shape().rank < dy.shape().rank ? 2.0 * db : db);
  }
};

namespace values = oracle::values;
struct product_of_matrices { constexpr auto operator()(auto a, auto b) const { return tl::matmul(a, b); } };
struct negative_product { constexpr auto operator()(auto a, auto b) const { return -tl::matmul(a, b); } };
/// The value is right.
struct half_gradient { constexpr auto operator()(auto a, auto b) const { return 0.5_c * tl::matmul(a, b) + 0.5_c * tl::stop_gradient(tl::matmul(a, b)); } };

}  // namespace

TEST_CASE("broadcasting") {
  CHECK(broadcast_faults<product, 1>({.from = 0.5, .to = 2}).none());
  CHECK_FALSE(broadcast_faults<counted_twice, 1>({.from = 0.5, .to = 2}).none());
}

TEST_CASE("stored cases") {
  CHECK(case_faults<values::matmul_matrices, product_of_matrices, real, real>().none());
  CHECK_FALSE(case_faults<values::matmul_matrices, negative_product, real, real>().none());
  CHECK_FALSE(case_faults<values::matmul_matrices, half_gradient, real, real>().none());
}

}  // namespace checks
