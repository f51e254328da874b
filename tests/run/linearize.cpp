#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

// A value and its linear map: against forward mode, and what the map computes.

namespace {

namespace tl = tapeless;

constexpr auto f = [](auto x, auto w) { return tl::tanh(tl::matmul(w, tl::exp(x))); };
constexpr auto squashed = [](auto x) { return tl::tanh(tl::exp(x)); };
constexpr auto of_numbers = [](auto x, auto y) { return tl::sin(x) * y; };

template <class T> std::vector<double> elements(const T& t) { return {t.begin(), t.end()}; }

}  // namespace

TEST_CASE("linearize: the map gives what forward mode gives, for as many vectors as one likes") {
  const std::vector<double> x{0.1, 0.2, 0.3}, v{1, -1, 2}, u{0, 1, 0};
  double w[2][3]{{1, 2, 3}, {-1, 0.5, 2}}, dw[2][3]{{0.1, 0, 0}, {0, 0.2, 0}};
  auto [y, move] = tl::linearize(f)(x, w);
  const auto [value, along_v] = tl::jvp(f)(x, w, v, dw);
  const auto [again, along_u] = tl::jvp(f)(x, w, u, dw);
  CHECK(elements(y) == elements(value));
  CHECK(elements(move(v, dw)) == elements(along_v));
  CHECK(elements(move(u, dw)) == elements(along_u));
  CHECK(elements(move(v, dw)) == elements(along_v));
}
TEST_CASE("linearize: numbers, and inside functions") {
  auto [y, move] = tl::linearize(of_numbers)(0.5, 2.0);
  CHECK(y == doctest::Approx(std::sin(0.5) * 2));
  CHECK(move(1.0, 0.0) == doctest::Approx(std::cos(0.5) * 2));
  CHECK(move(0.0, 3.0) == doctest::Approx(std::sin(0.5) * 3));
  constexpr auto both = [](auto x, auto v) {
    const auto [value, along] = tl::linearize([](auto t) { return tl::exp(t); })(x);
    return value + along(v) + along(2.0 * v);
  };
  CHECK(tl::jit(both)(0.3, 1.5) == doctest::Approx(std::exp(0.3) * (1 + 3 * 1.5)));
}
TEST_CASE("linearize: the map computes nothing of the value") {
  using function = std::remove_const_t<decltype(squashed)>;
  using vector = std::array<double, 3>;
  static_assert(tl::detail::kept_values<function, vector>::count == 2);  // exp(x) and 1 - tanh^2
  using arguments = tl::detail::call_arguments<tl::detail::product_with_kept<function, 1>, tl::detail::asked::value, vector, vector, vector>;
  const auto text = tl::to_string(tl::program<typename arguments::value>::graph);
  CHECK(text.find("exp") == std::string::npos);
  CHECK(text.find("tanh") == std::string::npos);
  CHECK(text.find("mul") != std::string::npos);
}
TEST_CASE("linearize: of expressions") {
  constexpr tl::placeholder<"x", double, 3> x;
  constexpr tl::placeholder<"v", double, 3> v;
  constexpr auto move = tl::linearize(tl::exp(x), x);
  auto session = tl::session<tl::simd>(tl::exp(x), move(v), move(x));
  const auto [y, a, b] = session.run(x = std::vector<double>{0, 1, 2}, v = std::vector<double>{1, 2, 3});
  for (std::size_t i = 0; i < 3; ++i) CHECK(a[i] == y[i] * static_cast<double>(i + 1));
  for (std::size_t i = 0; i < 3; ++i) CHECK(b[i] == y[i] * static_cast<double>(i));
}
