// The checker of gradients: ops with planted mistakes must be found out.
#include "support/gradient.hpp"

#include <tapeless/ops/arithmetic.hpp>

namespace checks {

namespace {

using tl::elementwise, tl::gradients, tl::ref, tl::inputs;

struct unary : elementwise<1> {
  static constexpr auto name = "x^3";
  template <class T> static constexpr T value(T x) { return x * x * x; }
};
struct cube : unary {
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * (3.0 * (x * x))); }
};
struct wrong_sign : unary {
  static constexpr auto name = "wrong sign";
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * (-3.0 * (x * x))); }
};
struct wrong_factor : unary {
  static constexpr auto name = "wrong factor";
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * (2.999999 * (x * x))); }
};
struct value_for_operand : unary {
  static constexpr auto name = "f(x) for x";
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy * (3.0 * (y * y))); }
};
struct without_upstream : unary {
  static constexpr auto name = "dy forgotten";
  static constexpr gradients gradient(ref, ref, ref x) { return inputs(3.0 * (x * x)); }
};
/// The first derivative is right, but the graph does not know that it depends on x.
struct without_second : unary {
  static constexpr auto name = "stopped";
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * tl::stop_gradient(3.0 * (x * x))); }
};
struct binary : elementwise<2> {
  static constexpr auto name = "a^2 b";
  template <class T> static constexpr T value(T a, T b) { return a * a * b; }
};
struct product : binary {
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) { return inputs(dy * (2.0 * (a * b)), dy * (a * a)); }
};
struct swapped : binary {
  static constexpr auto name = "operands swapped";
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) { return inputs(dy * (a * a), dy * (2.0 * (a * b))); }
};
struct missing_term : binary {
  static constexpr auto name = "term missing";
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) { return inputs(dy * (a * b), dy * (a * a)); }
};
constexpr gradient_demand around_one{.from = 0.5, .to = 2};

/// In double: the checker is the same for float.
template <class Op> faults faults_of(const gradient_demand& demand) { return detail::gradient_faults<Op, double>(detail::value_of_op<Op>{}, demand); }

}  // namespace

TEST_CASE("right gradients pass") {
  CHECK(faults_of<cube>(around_one).none());
  CHECK(faults_of<product>(around_one).none());
}

TEST_CASE("wrong gradients are found") {
  CHECK_FALSE(faults_of<wrong_sign>(around_one).none());
  CHECK_FALSE(faults_of<wrong_factor>(around_one).none());
  CHECK_FALSE(faults_of<value_for_operand>(around_one).none());
  CHECK_FALSE(faults_of<without_upstream>(around_one).none());
  CHECK_FALSE(faults_of<without_second>(around_one).none());
  CHECK_FALSE(faults_of<swapped>(around_one).none());
  CHECK_FALSE(faults_of<missing_term>(around_one).none());
}

}  // namespace checks
