#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include <doctest/doctest.h>

#include <tuple>
#include <type_traits>
#include <vector>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", double, "N"_d> x;
constexpr tl::variable<"w", double, 2, tl::constant_value(3)> w;
constexpr auto loss = tl::sum(x) * tl::sum(w);
constexpr auto update = tl::assign(w, w - tl::derivative(loss, w));

}  // namespace

TEST_CASE_TEMPLATE("fetch: parts share the session's variables; only what is fetched is computed", Backend, tl::simd, tl::reference) {
  auto session = tl::session<Backend>(loss, update);
  session.initialize(0);
  const std::vector<double> xs{1, 1};
  for (int i = 0; i < 2; ++i) CHECK(std::get<0>(session.run(tl::fetch(loss), x = xs)) == 12);
  CHECK(std::get<0>(session.run(x = xs)) == 12);
  CHECK(std::get<0>(session.run(tl::fetch(loss), x = xs)) == 4);
  static_assert(std::is_same_v<decltype(session.run(tl::fetch(update), x = xs)), std::tuple<>>);
  session.run(tl::fetch(update), x = xs);
  CHECK(session[w][0] == -1);
  // Parts need only their own feeds, and may be other expressions over the same variables.
  CHECK(std::get<0>(session.run(tl::fetch(tl::sum(w)))) == -2);
  const auto [scaled, number] = session.run(tl::fetch(w * 2_c, tl::sum(w * w)));
  CHECK(scaled[1] == -2);
  CHECK(number == 2);
  session[w].data()[0] = 5;
  CHECK(std::get<0>(session.run(tl::fetch(tl::sum(w)))) == 4);
}

TEST_CASE("fetch: results are views of the shape that was bound, and numbers for scalars") {
  auto session = tl::session<tl::simd>(tl::reshape<"N"_d, 1>(x) * w, tl::sum(x), x > 1_c);
  const auto [outer, total, flags] = session.run(x = std::vector<double>{1, 2, 3});
  static_assert(std::is_same_v<decltype(total), const double>);
  static_assert(std::is_same_v<decltype(flags), const tl::array_view<const bool, 1>>);
  CHECK(outer.shape() == std::array<std::int64_t, 2>{3, 2});
  CHECK(outer.dimension() == 2);
  CHECK(outer.size() == 6);
  CHECK(outer.extent(0) == 3);
  CHECK(total == 6);
  CHECK_FALSE(flags[0]);
  CHECK(flags[2]);
  session.initialize(0);
  const auto again = std::get<0>(session.run(x = std::vector<double>{1, 2, 3, 4}));
  CHECK(again.shape()[0] == 4);
  CHECK(again(3, 1) == 12);
}

TEST_CASE("fetch: the same expression twice, a placeholder, a constant") {
  auto session = tl::session<tl::simd>(x + 1_c, x + 1_c, x, 4_c);
  const auto [a, b, fed, four] = session.run(x = std::vector<double>{1, 2});
  CHECK(a[1] == 3);
  CHECK(b[1] == 3);
  CHECK(fed[1] == 2);
  CHECK(four == 4);
}
