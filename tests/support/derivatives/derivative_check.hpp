#pragma once
#include "derivative_graph.hpp"
#include "differences.hpp"
#include "evaluator.hpp"
#include "support/faults.hpp"

#include <algorithm>
#include <optional>
#include <random>

namespace checks {

/// How far derivatives may be from the exact ones, relative to each.
struct derivative_bars {
  std::array<double, 3> in_double{1e-12, 1e-10, 1e-8};
  std::array<double, 4> in_float{1e-6, 1e-6, 2e-6, 4e-6};  ///< of the value and the derivatives, from those in double, times the condition
};

/// Extents for a row's letters, and for "*" shapes that broadcast with each other, each with axes of extent 1 or without the first.
inline std::vector<tl::shape> draw_shapes(const any_row& row, std::mt19937_64& random) {
  const auto up_to = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  std::array<std::int64_t, 128> letters{};
  for (auto& e : letters) e = 2 + up_to(3);
  const auto rank = up_to(5);
  std::array<std::int64_t, 4> whole{};
  for (auto& e : whole) e = 1 + up_to(3);
  std::vector<tl::shape> shapes;
  for (const auto& operand : row.operands) {
    tl::shape s;
    if (operand.shape != "*") {
      for (char c : operand.shape) s.push(c >= '0' && c <= '9' ? c - '0' : letters[static_cast<std::size_t>(c)]);
    } else {
      for (auto axis = static_cast<std::size_t>(row.operands.size() == 1 ? 0 : up_to(static_cast<int>(rank) + 1)); axis < static_cast<std::size_t>(rank); ++axis)
        s.push(row.operands.size() > 1 && up_to(3) == 0 ? 1 : whole[axis]);
    }
    shapes.push_back(s);
  }
  return shapes;
}

/// Points, weights and directions for a row, as floats so that both dtypes start from the same. No two elements are close:
/// what has kinks, such as max, has them between.
struct drawn_points {
  std::vector<std::vector<double>> x, v;
  std::vector<double> u;

  drawn_points() = default;
  drawn_points(const any_row& row, const std::vector<tl::shape>& shapes, std::size_t results, std::mt19937_64& random) {
    const auto uniform = [&](double from, double to) { return static_cast<double>(static_cast<float>(from + (to - from) * static_cast<double>(random() >> 11) * 0x1p-53)); };
    std::size_t total = 0;
    for (const auto& s : shapes) total += static_cast<std::size_t>(tl::element_count(s));
    std::vector<std::size_t> places(total);
    for (std::size_t i = 0; i < total; ++i) places[i] = i;
    std::shuffle(places.begin(), places.end(), random);
    std::size_t next = 0;
    for (std::size_t k = 0; k < shapes.size(); ++k) {
      const auto& o = row.operands[k];
      std::vector<double> points, along;
      for (std::int64_t i = 0; i < tl::element_count(shapes[k]); ++i, ++next) {
        const double at = (static_cast<double>(places[next]) + uniform(0.3, 0.7)) / static_cast<double>(total);
        points.push_back(o.whole ? std::floor(uniform(o.from, o.to + 0.999)) : static_cast<double>(static_cast<float>(o.from + (o.to - o.from) * at)));
        along.push_back(away_from_zero(uniform(-2, 2)));
      }
      x.push_back(points), v.push_back(along);
    }
    for (std::size_t i = 0; i < results; ++i) u.push_back(away_from_zero(uniform(-2, 2)));
  }

 private:
  static double away_from_zero(double x) { return x < 0 ? x - 0.25 : x + 0.25; }
};

/// Holds the derivatives of a row at points drawn from a seed to differences in 113 bits.
class derivative_check {
 public:
  derivative_check(const any_row& row, unsigned seed) : derivative_check(row, seed, {}) {}
  /// At given shapes.
  derivative_check(const any_row& row, unsigned seed, const std::vector<tl::shape>& shapes) : row_(row) {
    std::mt19937_64 random(seed * 7919ull + 17);
    for (int attempt = 0; attempt < 50; ++attempt) {
      shapes_ = shapes.empty() ? draw_shapes(row, random) : shapes;
      const derivative_graph plain(row, shapes_, tl::dtype::f64, 0);
      results_ = static_cast<std::size_t>(tl::element_count(plain.b.graph.shape_of(plain.y)));
      points_.emplace(row, shapes_, results_, random);
      if (results_ > 0 && smooth(plain)) {
        differentiate(plain);
        return;
      }
    }
    throw std::logic_error("no points drawn for " + std::string(row.name) + " are away from its kinks");
  }

  /// The faults of the derivatives, with ops replaced by others. Counts what it compares.
  faults operator()(long& comparisons, const replacement& other = {}) const {
    faults found;
    const derivative_graph g(row_, shapes_, tl::dtype::f64, 3, other);
    auto in_double = filled<double>(g);
    for (std::size_t order = 1; order <= 3; ++order)
      for (std::size_t k = 0; k < g.x.size(); ++k)
        if (const int at = g.derivatives[order - 1][k]; at >= 0) compare_double(found, "node by node", order, k, in_double(at), comparisons);
    std::vector<elements<double>> back;
    for (std::size_t k = 0; k < g.x.size(); ++k)
      if (g.v[k] >= 0) back.push_back(in_double(g.derivatives[0][k]));
    compare_products(found, "node by node", in_double(g.moved), back, comparisons);
    compare_products(found, "transposed twice", in_double(g.transposed), back, comparisons);
    return found;
  }
  /// The faults in float beside double; what rounding of the operands changes is the condition.
  faults in_float(long& comparisons, const replacement& other = {}) const {
    faults found;
    const derivative_graph single(row_, shapes_, tl::dtype::f32, 3, other);
    auto in_single = filled<float>(single);
    for (std::size_t order = 0; order <= 3; ++order)
      for (std::size_t k = 0; k < (order == 0 ? 1 : points_->x.size()); ++k)
        if (const int at = order == 0 ? single.y : single.derivatives[order - 1][k]; at >= 0) compare_float(found, "node by node", order, k, in_single(at), comparisons);
    return found;
  }
  /// The same of what was computed elsewhere from points(); order 0 is the value.
  template <class Got> void compare_float(faults& found, std::string_view where, std::size_t order, std::size_t k, const Got& got, long& comparisons) const {
    const derivative_graph g(row_, shapes_, tl::dtype::f64);
    auto in_double = filled<double>(g);
    const int at = order == 0 ? g.y : g.derivatives[order - 1][k];
    const auto expected = in_double(at);
    if (got.size() != expected.size()) return wrong_size(found, where, order, k, got.size(), expected.size());
    const auto moves = conditions(g, at, expected);
    for (std::size_t i = 0; i < expected.size(); ++i, ++comparisons)
      if (!(std::abs(static_cast<double>(got[i]) - expected[i]) <= bars_.in_float[order] * (std::abs(expected[i]) + moves[i])))
        found.add(row_.name, " of ", shapes(), " ", where, " in float: derivative of order ", order, " by operand ", k, " [", i, "] is ", got[i], ", in double ", expected[i], ", condition ", moves[i] / std::abs(expected[i]));
  }
  template <class Got> void compare_double(faults& found, std::string_view where, std::size_t order, std::size_t k, const Got& got, long& comparisons) const {
    const auto& expected = expected_[order - 1][k];
    if (got.size() != expected.size()) return wrong_size(found, where, order, k, got.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i, ++comparisons) {
      const quad off = magnitude(got[i] - expected[i]), allowed = static_cast<quad>(bars_.in_double[order - 1]) * magnitude(expected[i]);
      const quad noise = static_cast<quad>(1e-17) * scale_[order - 1];  // next to an exact zero
      if (!(off <= allowed) && !(magnitude(expected[i]) <= noise && off <= 100 * noise))
        found.add(row_.name, " of ", shapes(), " ", where, ": derivative of order ", order, " by operand ", k, " [", i, "] is ", got[i], ", expected ", static_cast<double>(expected[i]), ", off by ", static_cast<double>(off / magnitude(expected[i])));
    }
  }
  /// <u, J v> and <J' u, v> beside the sum of the absolute values of what both add up.
  void compare_products(faults& found, std::string_view where, const elements<double>& moved, const std::vector<elements<double>>& back_by, long& comparisons) const {
    if (moved.size() != results_) return found.add(row_.name, " ", where, ": J v has ", moved.size(), " elements, expected ", results_);
    const derivative_graph g(row_, shapes_, tl::dtype::f64, 1);
    quad forward = 0, backward = 0, terms = 0;
    for (std::size_t i = 0; i < results_; ++i) forward += static_cast<quad>(points_->u[i]) * moved[i];
    for (std::size_t k = 0, next = 0; k < g.x.size(); ++k) {
      if (g.v[k] < 0) continue;
      const auto& back = back_by[next++];
      if (back.size() != points_->v[k].size()) return;
      for (std::size_t i = 0; i < back.size(); ++i) backward += static_cast<quad>(points_->v[k][i]) * back[i];
    }
    // |u|' |J| |v|, with the Jacobian row by row.
    for (std::size_t row = 0; row < results_; ++row) {
      auto e = filled<double>(g);
      elements<double> unit(results_, 0.0);
      unit[row] = 1;
      e.set(g.u, unit);
      for (std::size_t k = 0; k < g.x.size(); ++k) {
        if (g.v[k] < 0) continue;
        const auto& of_row = e(g.derivatives[0][k]);
        for (std::size_t i = 0; i < of_row.size() && i < points_->v[k].size(); ++i) terms += magnitude(static_cast<quad>(points_->u[row]) * of_row[i] * points_->v[k][i]);
      }
    }
    ++comparisons;
    const quad off = magnitude(forward - backward);
    if (!(off <= 4 * static_cast<quad>(std::numeric_limits<double>::epsilon()) * terms))
      found.add(row_.name, " of ", shapes(), " ", where, ": <u, J v> is ", static_cast<double>(forward), ", <J'u, v> is ", static_cast<double>(backward), ", off by ",
                static_cast<double>(off / terms / static_cast<quad>(std::numeric_limits<double>::epsilon())), " ulp");
  }
  const drawn_points& points() const { return *points_; }
  /// All second derivatives of <u, f(x)>, column by column.
  std::vector<std::vector<double>> hessian() const {
    const derivative_graph g(row_, shapes_, tl::dtype::f64, 2);
    std::vector<std::vector<double>> columns;
    for (std::size_t k = 0; k < g.x.size(); ++k)
      for (std::size_t i = 0; i < points_->x[k].size(); ++i) {
        auto e = filled<double>(g);
        for (std::size_t other = 0; other < g.x.size(); ++other) e.set(g.v[other], elements<double>(points_->v[other].size(), 0.0));
        elements<double> unit(points_->v[k].size(), 0.0);
        unit[i] = 1;
        e.set(g.v[k], unit);
        auto& column = columns.emplace_back();
        for (int d : g.derivatives[1])
          for (double h : e(d)) column.push_back(h);
      }
    return columns;
  }
  const std::vector<tl::shape>& drawn_shapes() const { return shapes_; }
  std::string shapes() const {
    tl::text out;
    for (const auto& s : shapes_) s.print(out);
    return std::string(out.view());
  }

 private:
  template <class N> evaluator<N> filled(const derivative_graph& g) const {
    evaluator<N> e(g.b.graph);
    const auto as = [](const std::vector<double>& from) { return elements<N>(from.begin(), from.end()); };
    e.set(g.u, as(points_->u));
    for (std::size_t k = 0; k < g.x.size(); ++k) {
      e.set(g.x[k], as(points_->x[k]));
      if (g.v[k] >= 0) e.set(g.v[k], as(points_->v[k]));
    }
    return e;
  }

  using direction = std::vector<std::vector<quad>>;
  /// F along a direction.
  three_derivatives along(const derivative_graph& g, const direction& d, quad h) const {
    return differences([&](quad t) {
      evaluator<quad> e(g.b.graph);
      for (std::size_t k = 0; k < g.x.size(); ++k) {
        elements<quad> x(points_->x[k].begin(), points_->x[k].end());
        for (std::size_t i = 0; i < x.size(); ++i) x[i] += t * d[k][i];
        e.set(g.x[k], std::move(x));
      }
      const auto& y = e(g.y);
      quad sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += static_cast<quad>(points_->u[i]) * y[i];
      return sum;
    }, h);
  }
  static constexpr quad step = static_cast<quad>(0x1p-12);

  direction all() const {
    direction d;
    for (std::size_t k = 0; k < points_->v.size(); ++k) {
      d.emplace_back(points_->v[k].begin(), points_->v[k].end());
      if (row_.operands[k].whole) d.back().assign(d.back().size(), 0);
    }
    return d;
  }
  /// Whether no kink is within reach: two widths of differences agree, along all operands and along each alone.
  bool smooth(const derivative_graph& g) const {
    for (std::size_t only = 0; only <= g.x.size(); ++only) {
      auto d = all();
      for (std::size_t k = 0; k < d.size(); ++k)
        for (auto& e : d[k]) e *= only == 0 ? 2 : only == k + 1 ? 3 : 0;
      const auto wide = along(g, d, step), narrow = along(g, d, step / 2);
      for (std::size_t i = 0; i < 3; ++i)
        if (!(magnitude(wide[i] - narrow[i]) <= static_cast<quad>(1e-13) * (1 + magnitude(wide[i])))) return false;
    }
    return true;
  }

  /// D F e, D^2 F [v, e] and D^3 F [v, v, e] for each unit vector e, from the derivatives along e and v +- e.
  void differentiate(const derivative_graph& g) {
    const auto v = all();
    const auto of_all = along(g, v, step);
    for (std::size_t i = 0; i < 3; ++i) scale_[i] = 1 + magnitude(of_all[i]);
    for (auto& e : expected_) e.resize(g.x.size());
    for (std::size_t k = 0; k < g.x.size(); ++k)
      for (std::size_t i = 0; i < points_->x[k].size(); ++i) {
        if (row_.operands[k].whole) break;
        auto unit = v, more = v, less = v;
        for (auto& of_operand : unit) of_operand.assign(of_operand.size(), 0);
        unit[k][i] = 1, more[k][i] += 1, less[k][i] -= 1;
        const auto e = along(g, unit, step), plus = along(g, more, step), minus = along(g, less, step);
        expected_[0][k].push_back(e[0]);
        expected_[1][k].push_back((plus[1] - minus[1]) / 4);
        expected_[2][k].push_back((plus[2] - minus[2] - 2 * e[2]) / 6);
      }
  }

  void wrong_size(faults& found, std::string_view where, std::size_t order, std::size_t k, std::size_t got, std::size_t expected) const {
    found.add(row_.name, " of ", shapes(), " ", where, ": derivative of order ", order, " by operand ", k, " has ", got, " elements, expected ", expected);
  }

  /// How much each element of a node moves if each operand moves by its own size, element by element.
  std::vector<double> conditions(const derivative_graph& g, int node, const elements<double>& expected) const {
    std::vector<double> sum(expected.size(), 0.0);
    const auto move = [&](int leaf, const std::vector<double>& x) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        constexpr double nudge = 0x1p-26;
        auto moved = x;
        moved[i] *= 1 + nudge;
        auto e = filled<double>(g);
        e.set(leaf, moved);
        const auto& y = e(node);
        for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += std::abs(y[j] - expected[j]) / nudge;
      }
    };
    move(g.u, points_->u);
    for (std::size_t k = 0; k < g.x.size(); ++k)
      if (g.v[k] >= 0) move(g.x[k], points_->x[k]), move(g.v[k], points_->v[k]);
    return sum;
  }

  any_row row_;
  derivative_bars bars_;
  std::vector<tl::shape> shapes_;
  std::optional<drawn_points> points_;
  std::size_t results_ = 0;
  std::array<std::vector<std::vector<quad>>, 3> expected_;
  std::array<quad, 3> scale_{};
};

}  // namespace checks
