#include "support/elementwise.hpp"

#include <tapeless/ops/shape_forms.hpp>

namespace checks {

namespace {
constexpr tl::placeholder<"x", double, 1, 2, 1, 3> x;
template <class E> constexpr bool has_shape(E, tl::shape s) { return E::shape == s; }
}  // namespace

TEST_CASE("shapes") {
  static_assert(has_shape(tl::expand_dims<0>(x), tl::shape(1, 1, 2, 1, 3)));
  static_assert(has_shape(tl::expand_dims<-1>(x), tl::shape(1, 2, 1, 3, 1)));
  static_assert(has_shape(tl::expand_dims<2>(x), tl::shape(1, 2, 1, 1, 3)));
  static_assert(has_shape(tl::squeeze(x), tl::shape(2, 3)));
  static_assert(has_shape(tl::squeeze<0>(x), tl::shape(2, 1, 3)));
  static_assert(has_shape(tl::squeeze<-2, 0>(x), tl::shape(2, 3)));
  static_assert(has_shape(tl::flatten(x), tl::shape(6)));
  static_assert(has_shape(tl::flatten<1>(x), tl::shape(1, 6)));
  static_assert(has_shape(tl::flatten<-1>(x), tl::shape(1, 2, 1, 3)));
}

TEST_CASE_TEMPLATE("values and gradients", B, simd, reference) {
  const std::array data{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
  constexpr tl::placeholder<"w", double, 2, 3> w;
  const auto squeezed = tl::squeeze(x);
  auto session = tl::session<typename B::policy>(squeezed, tl::flatten(x), tl::expand_dims<1>(x), tl::derivative(tl::sum(squeezed * w), x));
  const auto [a, b, c, dx] = session.run(x = data, w = std::array{0.5, 1.0, 1.5, 2.0, 2.5, 3.0});
  CHECK(a(1, 2) == 6);
  for (std::int64_t i = 0; i < 6; ++i) {
    CHECK(b[i] == data[static_cast<std::size_t>(i)]);
    CHECK(c.begin()[i] == data[static_cast<std::size_t>(i)]);
    CHECK(dx.begin()[i] == data[static_cast<std::size_t>(i)] / 2);
  }
}

}  // namespace checks
