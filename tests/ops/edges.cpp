// Edge cases that are no table of points: each test names its line of the list, "edges 9". Lines that other files cover say so
// there; `grep -o 'edges [0-9]*' tests -r` finds all.
#include "support/derivatives/derivative_check.hpp"
#include "support/derivatives/edge_check.hpp"

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/run/session.hpp>

namespace checks {

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

template <class E> std::vector<double> list(const E& e) {
  if constexpr (tl::element<E>) return {static_cast<double>(e)};
  else return {e.begin(), e.end()};
}
any_row row_named(std::string_view name) {
  for (const auto& rows : {rows_of(elementwise_rows), rows_of(structured_rows)})
    for (const auto& row : rows)
      if (row.name == name) return row;
  throw std::logic_error("no such row");
}

/// The reductions of one vector with their gradients, compiled.
template <class T, class Policy> void check_reductions() {
  constexpr tl::placeholder<"x", T, "N"_d> x;
  constexpr const char* names[]{"sum", "prod", "max", "min", "norm", "logsumexp", "variance", "standard_deviation"};
  const auto all = std::tuple(tl::sum(x), tl::prod(x), tl::max(x), tl::min(x), tl::norm(x), tl::logsumexp(x), tl::variance(x), tl::standard_deviation(x));
  auto session = std::apply([&](auto... y) { return tl::session<Policy>(y..., tl::derivative(y, x)...); }, all);
  faults found;
  for (const auto& e : reduction_edges()) {
    if (sizeof(T) == 4 && !e.in_float) continue;
    const std::vector<T> data(e.x[0].begin(), e.x[0].end());
    std::vector<std::vector<double>> results;
    std::apply([&](const auto&... r) { (results.push_back(list(r)), ...); }, session.run(x = data));
    for (std::size_t i = 0; i < std::size(names); ++i)
      if (e.row == names[i]) compare_edge<T>(found, e, "compiled", results[i], std::vector<std::vector<double>>{results[std::size(names) + i]});
  }
  expect(found);
}

}  // namespace

TEST_CASE("edges 8, edges 16, edges 24, edges 32, edges 36: reductions of vectors") {
  check_reductions<double, tl::simd>(), check_reductions<float, tl::simd>();
  check_reductions<double, tl::reference>(), check_reductions<float, tl::reference>();
}

TEST_CASE_TEMPLATE("edges 8, edges 9: ties share, and what is selected by place does not", B, tl::simd, tl::reference) {
  constexpr tl::placeholder<"x", double, "N"_d> x;
  auto session = tl::session<B>(tl::derivative(tl::max(x), x), tl::derivative(tl::gather(x, tl::arg_max<0>(x)), x));
  for (std::size_t n = 1; n < 40; ++n) {
    const std::vector<double> equal(n, -1.25);
    const auto [shared, selected] = session.run(x = equal);
    long double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double s = shared[static_cast<std::int64_t>(i)];
      CHECK(s == 1 / static_cast<double>(n));
      CHECK(selected[static_cast<std::int64_t>(i)] == (i == 0 ? 1 : 0));
      sum += s;
    }
    CHECK(static_cast<double>(sum) == 1);
  }
}

TEST_CASE_TEMPLATE("edges 24, edges 25: long and wide rows", B, tl::simd, tl::reference) {
  constexpr tl::placeholder<"x", double, "N"_d> x;
  auto session = tl::session<B>(tl::logsumexp(x), tl::derivative(tl::logsumexp(x), x), tl::log_softmax(x));
  const std::vector<double> equal(std::size_t{1} << 20, 3.0);
  const auto [all, each, logs] = session.run(x = equal);
  CHECK(std::abs(all - (3 + 20 * 0.6931471805599453)) < 1e-14);
  for (const std::int64_t i : {0, 1, 1000, (1 << 20) - 1}) { CHECK(each[i] == 0x1p-20); CHECK(std::abs(logs[i] + 20 * 0.6931471805599453) < 1e-14); }
  const auto [most, slopes, gaps] = session.run(x = std::vector<double>{1e4, 0, -1e4, 1e4 - 1});
  CHECK(std::abs(most - (1e4 + std::log1p(std::exp(-1.0)))) < 1e-11);
  CHECK(slopes[1] == 0); CHECK(slopes[2] == 0);
  CHECK(std::abs(gaps[1] + most) < 1e-11); CHECK(std::abs(gaps[2] + 1e4 + most) < 1e-11);
}

TEST_CASE_TEMPLATE("edges 33: normalized constant rows", B, tl::simd, tl::reference) {
  constexpr tl::placeholder<"x", double, 2, 4> x;
  const auto normalized = [](auto eps) {
    const auto d = tl::placeholder<"x", double, 2, 4>{} - tl::mean<1>(tl::placeholder<"x", double, 2, 4>{}, tl::keepdims);
    return d * tl::rsqrt(tl::mean<1>(tl::square(d), tl::keepdims) + eps);
  };
  const auto with = normalized(1e-5_c);
  const auto without = normalized(0_c);
  auto session = tl::session<B>(with, tl::derivative(tl::sum(tl::square(with)), x), without);
  const auto [y, dx, bare] = session.run(x = std::array{3.0, 3.0, 3.0, 3.0, 1.0, 2.0, 3.0, 4.0});
  for (int i = 0; i < 4; ++i) { CHECK(y(0, i) == 0); CHECK(dx(0, i) == 0); CHECK(std::isnan(bare(0, i))); CHECK(std::isfinite(bare(1, i))); }
}

TEST_CASE_TEMPLATE("edges 36, edges 37: extents of 0 and 1", B, tl::simd, tl::reference) {
  constexpr tl::placeholder<"a", double, "M"_d, "K"_d> a;
  constexpr tl::placeholder<"b", double, "K"_d, "N"_d> b;
  const auto y = tl::matmul(a, b);
  const auto loss = tl::sum(y * y + 1_c);
  auto session = tl::session<B>(y, tl::derivative(loss, a), tl::derivative(loss, b), tl::sum<0>(a), tl::max<1>(a), tl::exp(a), tl::derivative(tl::sum(tl::exp(a) * 2_c), a));
  const std::vector<double> data(64, 2.0);
  for (const std::int64_t m : {0, 1, 3})
    for (const std::int64_t k : {0, 1, 5})
      for (const std::int64_t n : {0, 1, 4}) {
        const auto [product, da, db, columns, rows, e, de] = session.run(a = tl::view(data.data(), m, k), b = tl::view(data.data(), k, n));
        CHECK(product.shape() == std::array{m, n});
        CHECK(da.shape() == std::array{m, k});
        CHECK(db.shape() == std::array{k, n});
        for (double p : product) CHECK(p == 4 * static_cast<double>(k));
        for (double d : da) CHECK(d == 16 * static_cast<double>(k * n));
        for (double d : db) CHECK(d == 16 * static_cast<double>(k * m));
        for (double c : columns) CHECK(c == 2 * static_cast<double>(m));
        for (double r : rows) CHECK(r == (k == 0 ? -inf : 2));
        CHECK(static_cast<std::int64_t>(list(e).size()) == m * k);
        CHECK(static_cast<std::int64_t>(list(de).size()) == m * k);
      }
}

TEST_CASE_TEMPLATE("edges 40: no gradient through stop_gradient", B, tl::simd, tl::reference) {
  constexpr tl::placeholder<"x", double, 3> x;
  auto session = tl::session<B>(tl::derivative(tl::sum(x * tl::stop_gradient(x * x)), x));
  const auto [dx] = session.run(x = std::array{2.0, -3.0, 0.5});
  CHECK(list(dx) == std::vector<double>{4, 9, 0.25});
}

TEST_CASE_TEMPLATE("edges 41: views that overlap, run backwards, lie across", B, tl::simd, tl::reference) {
  constexpr tl::placeholder<"x", double, 9> x;
  const auto overlapping = tl::slice<0, 0, 8>(x) * tl::slice<0, 1, 9>(x);
  const auto backwards = overlapping * tl::flip<0>(overlapping);
  const auto across = tl::reshape<2, 4>(backwards) * tl::transpose(tl::reshape<4, 2>(overlapping));
  auto session = tl::session<B>(tl::derivative(tl::sum(across), x));
  const std::array xs{1.0, 2.0, -1.0, 0.5, 3.0, -2.0, 0.25, 1.5, -0.5};
  const auto value = [](auto e) {
    quad o[8], sum = 0;
    for (std::size_t i = 0; i < 8; ++i) o[i] = e[i] * e[i + 1];
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < 4; ++k) sum += o[4 * i + k] * o[7 - 4 * i - k] * o[2 * k + i];
    return sum;
  };
  std::vector<double> memory(11);
  for (std::size_t start = 0; start < 2; ++start) {  // at an odd address too
    std::ranges::copy(xs, memory.begin() + static_cast<std::ptrdiff_t>(start));
    const auto [dx] = session.run(x = std::span<const double, 9>(memory.data() + start, 9));
    for (std::size_t i = 0; i < 9; ++i) {
      const auto slope = differences([&](quad t) {
        std::array<quad, 9> e;
        for (std::size_t k = 0; k < 9; ++k) e[k] = xs[k] + (k == i ? t : 0);
        return value(e);
      }, static_cast<quad>(0x1p-12));
      CHECK(std::abs(dx[static_cast<std::int64_t>(i)] - static_cast<double>(slope[0])) <= 1e-13 * std::abs(static_cast<double>(slope[0])));
    }
  }
}

TEST_CASE("edges 43: more elements than 31 bits count") {
  constexpr std::int64_t n = (std::int64_t{1} << 31) + 1;
  constexpr tl::placeholder<"x", float, n> x;
  constexpr auto y = tl::exp(x) * tl::sum(x);
  using program = tl::program<decltype(tl::derivative(tl::sum(y), x))>;
  static_assert(tl::element_count(y.shape) == n);
  CHECK(tl::element_count(program::graph.shape_of(program::graph.outputs[0])) == n);
}

TEST_CASE("edges 44: second and third derivatives of what bends or jumps are 0") {
  const auto at = [](const char* name, std::vector<double> x) {
    const derivative_graph g(row_named(name), {tl::shape(x.size())}, tl::dtype::f64);
    evaluator<double> in(g.b.graph);
    const auto n = static_cast<std::size_t>(tl::element_count(g.b.graph.shape_of(g.y)));
    in.set(g.v[0], elements<double>(x.size(), 1.0)), in.set(g.x[0], x), in.set(g.u, elements<double>(n, 1.0));
    return std::array{in(g.derivatives[0][0]), in(g.derivatives[1][0]), in(g.derivatives[2][0])};
  };
  for (const char* name : {"relu", "abs", "sign", "floor", "relu6", "leaky_relu"}) {
    const auto [first, second, third] = at(name, {0, -0.0, 6, 1, -1});
    for (std::size_t i = 0; i < 5; ++i) { CHECK(second[i] == 0); CHECK(third[i] == 0); }
  }
  const auto tied = at("max", {2, 2, 1});
  CHECK(tied[1] == elements<double>{0, 0, 0});
  const auto squares = at("square", {0, 3});
  CHECK(squares[0] == elements<double>{0, 6}); CHECK(squares[1] == elements<double>{2, 2}); CHECK(squares[2] == elements<double>{0, 0});
}

TEST_CASE("edges 44: Hessians are symmetric") {
  for (const char* name : {"logsumexp", "softmax", "prod", "norm", "variance", "matmul", "pow", "atan2", "hypot", "xlogy", "softmax_cross_entropy"}) {
    const derivative_check check(row_named(name), 3);
    const auto hessian = check.hessian();
    double greatest = 0;
    for (const auto& r : hessian)
      for (double h : r) greatest = std::max(greatest, std::abs(h));
    for (std::size_t i = 0; i < hessian.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) {
        INFO(name, " ", i, " ", k);
        CHECK(std::abs(hessian[i][k] - hessian[k][i]) <= 4 * std::numeric_limits<double>::epsilon() * greatest);
      }
  }
}

TEST_CASE_TEMPLATE("edges 45: gradients overwrite, and add up where they are told to", B, tl::simd, tl::reference) {
  constexpr tl::variable<"w", double, 3> w;
  constexpr tl::variable<"total", double, 3> total;
  constexpr auto g = tl::derivative(tl::sum(w * w), w);
  auto session = tl::session<B>(g, tl::assign(total, total + g));
  const std::array start{1.0, -2.0, 0.5};
  std::ranges::copy(start, session[w].begin());
  for (int step = 1; step <= 3; ++step) {
    const auto out = session.run();
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(std::get<0>(out)[static_cast<std::int64_t>(i)] == 2 * start[i]);
      CHECK(session[total][static_cast<std::int64_t>(i)] == 2 * step * start[i]);
    }
  }
}

}  // namespace checks
