#include "../support/check.hpp"

#include <tapeless/tapeless.hpp>

#include <bit>
#include <cmath>
#include <cstdint>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"x", double> x;
constexpr tl::placeholder<"y", double> y;
constexpr tl::placeholder<"n", std::int32_t> n;
constexpr tl::placeholder<"b", bool> b;
constexpr tl::placeholder<"h", float> h;
constexpr tl::variable<"w", double> w;

template <class... Fetches> constexpr bool straight(Fetches...) { return tl::is_straight<tl::program<Fetches...>>; }
bool same_bits(double a, double c) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(c); }

}  // namespace

TEST_CASE("straight: programs of numbers need no memory, others are no straight code") {
  static_assert(straight(x * y, tl::derivative(tl::sin(x * y), x)));
  static_assert(tl::session_type<tl::simd, decltype(x * y)>::arena_bytes == 0);
  constexpr tl::placeholder<"v", double, 3> v;
  static_assert(!straight(tl::sum(v)));
  static_assert(!straight(tl::assign(w, w + x)));
  static_assert(!straight(tl::cond(b, x * y, x / y)));
}

TEST_CASE("straight: every dtype, leaves that are fetched as they are, constants") {
  auto session = tl::session<tl::simd>(x, 2.5_c, n * n, tl::cast<double>(n) * y, tl::cast<float>(y) + h, tl::where(b, x, y), x < y, w * x);
  session.initialize(1);
  session[w].data()[0] = 3;
  const auto [same, constant, square, product, sum, chosen, less, scaled] = session.run(x = 1.25, y = 7.0, n = -3, b = true, h = 0.5f);
  CHECK(same == 1.25);
  CHECK(constant == 2.5);
  CHECK(square == 9);
  CHECK(product == -21);
  CHECK(sum == 7.5f);
  CHECK(chosen == 1.25);
  CHECK(less);
  CHECK(scaled == 3.75);
  const auto again = session.run(x = 8.0, y = 7.0, n = 2, b = false, h = 1.5f);
  CHECK(std::get<2>(again) == 4);
  CHECK(std::get<5>(again) == 7);
  CHECK(!std::get<6>(again));
  CHECK(std::get<7>(again) == 24);
}

TEST_CASE("straight: two programs of equal nodes share code and not their leaves' values") {
  constexpr tl::placeholder<"p", double> p;
  constexpr tl::placeholder<"q", double> q;
  CHECK(tl::evaluate(x - y, x = 5.0, y = 3.0) == 2);
  CHECK(tl::evaluate(p - q, p = 1.0, q = 3.0) == -2);
  CHECK(tl::evaluate(q - p, p = 1.0, q = 3.0) == 2);
}

TEST_CASE("straight: the same bits by a function, by a session and without derivatives") {
  constexpr auto f = [](auto a, auto c) { return tl::exp(a * c) / (1_c + tl::square(a)) - tl::log(c); };
  auto one = tl::session<tl::simd>(f(x, y), tl::derivative(f(x, y), x), tl::derivative(f(x, y), y));
  auto alone = tl::session<tl::simd>(f(x, y));
  const auto function = tl::value_and_grad(f);
  int differing = 0;
  for (double a = -2; a < 2; a += 0.37)
    for (double c = 0.1; c < 3; c += 0.41) {
      const auto r = one.run(x = a, y = c);
      const auto by_function = function(a, c);
      CHECK(same_bits(std::get<0>(r), std::get<0>(by_function)));
      CHECK(same_bits(std::get<0>(r), std::get<0>(alone.run(x = a, y = c))));
      CHECK(same_bits(std::get<1>(r), std::get<1>(by_function)));
      CHECK(same_bits(std::get<2>(r), std::get<2>(by_function)));
      const double e = std::exp(a * c), d = 1 + a * a;
      CHECK(std::get<1>(r) == doctest::Approx(e * c / d - 2 * a * e / (d * d)).epsilon(1e-13));
      CHECK(std::get<2>(r) == doctest::Approx(e * a / d - 1 / c).epsilon(1e-13));
      differing += !same_bits(std::get<1>(r), std::nextafter(std::get<1>(by_function), 1e300));
    }
  CHECK(differing > 0);  // the comparison sees a last bit
}
