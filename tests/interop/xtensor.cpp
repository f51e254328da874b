#include <tapeless/interop/xtensor.hpp>
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", double, "N"_d, 3> x;
const xt::xtensor<double, 2> rows{{1, 2, 3}, {4, 5, 6}};

template <class Session, class Data> xt::xtensor<double, 2> doubled(Session& session, const Data& data) { return tl::to_xtensor(std::get<0>(session.run(x = data))); }

}  // namespace

TEST_CASE("xtensor: containers, expressions and views of any layout are fed as they are") {
  auto session = tl::session<tl::simd>(x * 2_c);
  const xt::xtensor<double, 2> expected{{2, 4, 6}, {8, 10, 12}};
  CHECK(doubled(session, rows) == expected);
  CHECK(doubled(session, xt::xarray<double>(rows)) == expected);
  CHECK(doubled(session, xt::xtensor<double, 2, xt::layout_type::column_major>(rows)) == expected);
  CHECK(doubled(session, rows + 0.0) == expected);
  CHECK(doubled(session, xt::transpose(xt::eval(xt::transpose(rows)))) == expected);
  const xt::xtensor<double, 2> wide{{0, 1, 0, 2, 0, 3}, {0, 4, 0, 5, 0, 6}, {9, 9, 9, 9, 9, 9}};
  CHECK(doubled(session, xt::view(wide, xt::range(0, 2), xt::range(1, 6, 2))) == expected);
  const xt::xtensor<double, 2> reversed{{4, 5, 6}, {1, 2, 3}};
  CHECK(doubled(session, xt::view(reversed, xt::range(1, xt::placeholders::_, -1), xt::all())) == expected);
  const xt::xtensor<double, 3> stack{{{7, 7, 7}, {7, 7, 7}}, {{1, 2, 3}, {4, 5, 6}}};
  CHECK(doubled(session, xt::view(stack, 1)) == expected);
  CHECK(doubled(session, xt::view(stack, 1, xt::all(), xt::all())) == expected);
  CHECK(std::get<0>(session.run(x = xt::xtensor<double, 2>(std::array<std::size_t, 2>{0, 3}))).size() == 0);
}

TEST_CASE("xtensor: a wrong shape is an error of the axis") {
  auto session = tl::session<tl::simd>(x * 2_c);
  const xt::xtensor<double, 2> turned = xt::transpose(rows);
  try {
    session.run(x = turned);
    FAIL("no feed_error");
  } catch (const tl::feed_error& e) {
    CHECK(e.axis == "axis 1");
    CHECK(e.expected == 3);
    CHECK(e.found == 2);
  }
  CHECK_THROWS_AS(session.run(x = xt::xarray<double>{1, 2, 3}), tl::feed_error);
}

TEST_CASE("xtensor: results as adaptors and as containers; functions of containers") {
  auto session = tl::session<tl::simd>(x * 2_c);
  const auto [y] = session.run(x = rows);
  const auto adapted = tl::as_xtensor(y);
  CHECK(adapted.data() == y.data());
  CHECK(xt::sum(adapted)() == 42);
  auto f = tl::value_and_grad([](auto a, auto b) { return tl::sum(a * a * b); });
  const auto [value, da, db] = f(rows, rows);
  CHECK(value == xt::sum(rows * rows * rows)());
  CHECK(tl::to_xtensor(da) == 2 * rows * rows);
  const auto owned = tl::jit([](auto a) { return tl::transpose(a); })(rows);
  CHECK(tl::to_xtensor(owned) == xt::transpose(rows));
}
