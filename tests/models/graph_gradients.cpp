// P2: a graph and its gradients; P27: the chain rule on a graph; P28: a Jacobian.
#include "oracles/graph_gradients.hpp"

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <vector>

#include "compare.hpp"

namespace tl = tapeless;
using namespace tl::literals;

TEST_CASE_TEMPLATE("graph and gradients", Backend, tl::simd, tl::reference) {
  constexpr tl::placeholder<"x", float, "rows"_d, "columns"_d> x;
  constexpr tl::placeholder<"y", float, "rows"_d, "columns"_d> y;
  constexpr tl::placeholder<"z", float, "rows"_d, "columns"_d> z;
  constexpr auto a = x * y;
  constexpr auto b = a + z;
  constexpr auto c = tl::sum(b);
  auto session = tl::session<Backend>(c, tl::derivative(c, x), tl::derivative(c, y), tl::derivative(c, z));

  const auto check = [&](std::int64_t rows, std::int64_t columns, double sum, double magnitude, auto... stored) {
    const auto count = static_cast<std::size_t>(rows * columns);
    const auto xs = oracle::uniform_vector<float>(21, count), ys = oracle::uniform_vector<float>(22, count), zs = oracle::uniform_vector<float>(23, count);
    const auto [value, dx, dy, dz] = session.run(x = tl::view(xs.data(), rows, columns), y = tl::view(ys.data(), rows, columns), z = tl::view(zs.data(), rows, columns));
    CHECK(std::abs(value - sum) <= 1e-6 * magnitude);
    CHECK(std::equal(ys.begin(), ys.end(), dx.data()));
    CHECK(std::equal(xs.begin(), xs.end(), dy.data()));
    CHECK(std::all_of(dz.data(), dz.data() + dz.size(), [](float g) { return g == 1; }));
    const std::array gradients{dx, dy, dz};
    std::size_t i = 0;
    (oracle::check_samples(gradients[i++], stored, 1e-7), ...);
  };
  {
    namespace expected = oracle::graph_gradients::at_3_4;
    check(expected::rows, expected::columns, expected::c, expected::c_magnitude, std::span(expected::grad_x), std::span(expected::grad_y), std::span(expected::grad_z));
  }
  if constexpr (std::same_as<Backend, tl::simd>) {
    namespace expected = oracle::graph_gradients::at_3000_4000;
    check(expected::rows, expected::columns, expected::c, expected::c_magnitude, std::span(expected::grad_x), std::span(expected::grad_y), std::span(expected::grad_z));
  }
}

TEST_CASE_TEMPLATE("chain rule on a graph", Backend, tl::simd, tl::reference) {
  namespace expected = oracle::graph_gradients::chain;
  constexpr tl::placeholder<"a", double> a;
  constexpr tl::placeholder<"b", double> b;
  constexpr auto e = (a + b) * (b + 1_c);
  auto session = tl::session<Backend>(e, tl::derivative(e, a), tl::derivative(e, b));
  const auto [value, da, db] = session.run(a = 3.0, b = 2.0);
  CHECK(value == expected::e);
  CHECK(da == expected::de_da);
  CHECK(db == expected::de_db);
}

TEST_CASE_TEMPLATE("Jacobian, row by row", Backend, tl::simd, tl::reference) {
  namespace expected = oracle::graph_gradients::jacobian;
  constexpr tl::placeholder<"x", double, 3> x;
  constexpr auto x1 = tl::slice<0, 0, 1>(x);
  constexpr auto x2 = tl::slice<0, 1, 2>(x);
  constexpr auto x3 = tl::slice<0, 2, 3>(x);
  constexpr auto y1 = tl::sum(x1 + x2 * x3);
  constexpr auto y2 = tl::sum(2_c * x3);
  auto session = tl::session<Backend>(y1, y2, tl::derivative(y1, x), tl::derivative(y2, x));
  const auto [first, second, first_row, second_row] = session.run(x = expected::point);
  CHECK(first == expected::value[0]);
  CHECK(second == expected::value[1]);
  oracle::check_all(first_row, std::span(expected::rows, 3), 0);
  oracle::check_all(second_row, std::span(expected::rows + 3, 3), 0);
}
