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
struct product_in_numbers {
  static wide value(wide a, wide b) { return a * a * b; }
  static wide by_left(wide a, wide b) { return 2 * a * b; }
  static wide by_right(wide a, wide) { return a * a; }
};
/// The gradients are right.
struct shifted_product { constexpr auto operator()(auto a, auto b) const { return tl::apply<product>(a, b) + 1e-9_c; } };
/// Right where both operands have the rank of the result.
struct counted_twice : product {
  static constexpr auto name = "a broadcast operand counted twice";
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) {
    const ref db = dy * (a * a);
    return inputs(dy * (2.0 * (a * b)), b.shape().rank < dy.shape().rank ? 2.0 * db : db);
  }
};
/// What a gradient of the shape of the result has in its first row; right where x is not broadcast from one row.
constexpr ref of_first_row(ref dx, ref x) {
  const bool from_one_row = x.shape().rank == 2 && x.shape()[0].is_one() && dx.shape().rank == 2 && !dx.shape()[0].is_one();
  return from_one_row ? tl::slice<0, 0, 1>(dx) : dx;
}
struct left_not_summed : product {
  static constexpr auto name = "the left operand's gradient not summed";
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) { return inputs(of_first_row(dy * (2.0 * (a * b)), a), dy * (a * a)); }
};
struct right_not_summed : product {
  static constexpr auto name = "the right operand's gradient not summed";
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) { return inputs(dy * (2.0 * (a * b)), of_first_row(dy * (a * a), b)); }
};
/// A matrix, or one row of it, with the first shapes of up to two axes, on one backend: the checker is the same for the other.
template <class F, int Rows, std::size_t Count> faults broadcast_faults_of() {
  return detail::broadcast_faults<F, product_in_numbers, Count, operand_shape(Rows, 9), true, simd>();
}

namespace values = oracle::values;
struct product_of_matrices { constexpr auto operator()(auto a, auto b) const { return tl::matmul(a, b); } };
struct negative_product { constexpr auto operator()(auto a, auto b) const { return -tl::matmul(a, b); } };
/// The value is right.
struct half_gradient {
  constexpr auto operator()(auto a, auto b) const { return 0.5_c * tl::matmul(a, b) + 0.5_c * tl::stop_gradient(tl::matmul(a, b)); }
};

}  // namespace

TEST_CASE("broadcasting") {
  CHECK(broadcast_faults_of<product, 5, 7>().none());
  CHECK_FALSE(broadcast_faults_of<shifted_product, 5, 1>().none());
  CHECK_FALSE(broadcast_faults_of<counted_twice, 5, 2>().none());
  CHECK_FALSE(broadcast_faults_of<left_not_summed, 1, 4>().none());
  CHECK_FALSE(broadcast_faults_of<right_not_summed, 5, 7>().none());
}

TEST_CASE("stored cases") {
  CHECK(case_faults<values::matmul_matrices, product_of_matrices, real, real>().none());
  CHECK_FALSE(case_faults<values::matmul_matrices, negative_product, real, real>().none());
  CHECK_FALSE(case_faults<values::matmul_matrices, half_gradient, real, real>().none());
}

}  // namespace checks
