#pragma once
#include <tapeless/ops/roots.hpp>
#include <tapeless/transform/compact.hpp>
#include <tapeless/transform/condensable.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Takes each node of a derivative as a number times a base, which for products is known by its factors in any order.
class condenser {
 public:
  constexpr explicit condenser(const graph& g) : g_(g) {
    for (const auto& l : g.leaves) out_.copy_leaf(g, l.node);
    terms_.resize(static_cast<std::size_t>(g.size()));
    quotients_.resize(static_cast<std::size_t>(g.size()));
    for (int id = 0; id < g.size(); ++id)
      if (is_of_higher_order(id) && g[id].op == id_of<divide_op>() && g[id].type == dtype::f64 && is_even(id)) ++quotients_[divisor(id)];
    for (int id = 0; id < g.size(); ++id) {
      out_.deriving = g[id].derived, out_.order = g[id].order;
      terms_[static_cast<std::size_t>(id)] = g.is(id, op_kind::leaf) ? term{out_.graph.leaves[static_cast<std::size_t>(g.attributes_of(id).a)].node} : take(id);
    }
    out_.deriving = true;
    for (int o : g.outputs) out_.graph.outputs.push_back(whole(o));
    for (const auto& a : g.assignments) out_.graph.assignments.push_back({whole(a.variable), whole(a.value)});
  }
  constexpr graph result() && { return std::move(out_.graph); }

 private:
  /// coefficient * base. What is no part of a derivative has a node of its own too, which computes the bits that it always does.
  struct term {
    int base = -1;
    double coefficient = 1;
    int exact = -1;
  };
  struct product {
    int node;
    sequence<int> factors;  ///< in their order
  };
  static constexpr std::size_t most_factors = 8;

  constexpr term take(int id) {
    const auto& n = g_[id];
    if (n.derived && is_floating(n.type) && is_even(id)) {
      const term made = condensed(id);
      if (made.base >= 0) return made;
    }
    sequence<int> x;
    for (int o : g_.operands_of(id)) x.push_back(whole(o));
    const int made = out_.intern(n.op, g_.attributes_of(id), {x.data(), x.size()}, n.type, g_.shape_of(id));
    if (!n.derived && n.op == id_of<multiply_op>() && is_floating(n.type) && is_even(id) && constant(g_.operand_of(id, 1))) {
      const term t = terms_[g_.operand_of(id, 0)];
      const double c = t.coefficient * number(g_.operand_of(id, 1));
      if (is_tame(c)) return {t.base, c, made};
    }
    return {made, 1, made};
  }

  /// Whether the operands have the shape of the result, or are numbers of the program.
  constexpr bool is_even(int id) const {
    for (int o : g_.operands_of(id))
      if (!constant(o) && g_[o].shape != g_[id].shape) return false;
    return true;
  }
  constexpr bool constant(int id) const { return g_.is(id, op_kind::constant); }
  constexpr double number(int id) const { return g_.attributes_of(id).number(); }
  /// Numbers that may be multiplied with each other and with what they belong to without a thought of overflow.
  static constexpr bool is_tame(double c) { return (c > 1e-6 && c < 1e6) || (c < -1e-6 && c > -1e6); }
  /// A power of two that only rounding has moved, as in the square of the root of a half.
  static constexpr double tidied(double c) {
    const double size = c < 0 ? -c : c;
    double power = 1;
    while (power > size * 1.5) power *= 0.5;
    while (power < size * 0.75) power *= 2;
    const double off = size / power - 1;
    return off < 1e-15 && off > -1e-15 ? (c < 0 ? -power : power) : c;
  }

  /// A sum, difference, product or quotient as a number times a base; base -1: it stays as it is.
  constexpr term condensed(int id) {
    const auto* op = g_[id].op;
    if (op == id_of<negate_op>()) return negated(terms_[g_.operand_of(id, 0)]);
    if (op != id_of<multiply_op>() && op != id_of<divide_op>() && op != id_of<add_op>() && op != id_of<subtract_op>()) return {};
    const int a = g_.operand_of(id, 0), b = g_.operand_of(id, 1);
    if (constant(a) && op == id_of<divide_op>() && !constant(b)) {
      const term y = terms_[b];
      const double c = number(a) / y.coefficient;
      return is_tame(c) ? term{make(id_of<reciprocal_op>(), y.base), c} : term{};
    }
    if (constant(a)) return {};
    const term x = terms_[a];
    if (constant(b)) {
      const double c = op == id_of<multiply_op>() ? x.coefficient * number(b) : op == id_of<divide_op>() && is_tame(number(b)) ? x.coefficient / number(b) : 0;
      return is_tame(c) && is_tame(number(b)) ? term{x.base, c} : term{};
    }
    const term y = terms_[b];
    if (op == id_of<multiply_op>()) return multiplied(x, y);
    if (op == id_of<divide_op>()) return divided(x, y, is_of_higher_order(id) && quotients_[divisor(id)] >= shared_by);
    return op == id_of<add_op>() ? added(x, y) : added(x, negated(y));
  }
  static constexpr term negated(term x) { return {x.base, -x.coefficient}; }
  constexpr term multiplied(term x, term y) {
    const double c = x.coefficient * y.coefficient;
    return is_tame(c) ? term{multiply(x.base, y.base), c} : term{};
  }
  /// By the reciprocal only where second and higher derivatives share a divisor: it is infinite for divisors below 5.6e-309, by which a
  /// first derivative may be finite.
  constexpr term divided(term x, term y, bool shared) {
    const bool by_quotient = is_quotient(y.base);
    if (shared && by_quotient) {
      x.base = multiply(x.base, out_.graph.operand_of(y.base, 1));
      y.base = out_.graph.operand_of(y.base, 0);
    }
    if (shared) return multiplied(x, {make(id_of<reciprocal_op>(), y.base), 1 / y.coefficient});
    const double c = x.coefficient / y.coefficient;
    if (!is_tame(c)) return {};
    const auto& g = out_.graph;
    const bool inverse = g[x.base].op == id_of<reciprocal_op>();
    if (inverse || is_quotient(x.base)) {
      const int by = g.operand_of(x.base, inverse ? 0 : 1);
      // what is divided by a quotient and by its divisor, as derivatives of log(a / b) are, is divided by a
      const int q = is_quotient(by) && g.operand_of(by, 1) == y.base ? by : by_quotient && g.operand_of(y.base, 1) == by ? y.base : -1;
      if (q >= 0) {
        const int made = inverse ? make(id_of<reciprocal_op>(), out_.graph.operand_of(q, 0)) : make(id_of<divide_op>(), out_.graph.operand_of(x.base, 0), out_.graph.operand_of(q, 0));
        if (q == by) known_by_.resize(out_.graph.nodes.size(), -1), known_by_[x.base] = made;
        return {made, c};
      }
    }
    return {make(id_of<divide_op>(), x.base, y.base), c};
  }
  constexpr bool is_quotient(int made) const { return out_.graph[made].op == id_of<divide_op>() && out_.graph[made].type == dtype::f64; }
  static constexpr int shared_by = 3;
  constexpr bool is_of_higher_order(int id) const { return g_[id].derived && g_[id].order > 1; }
  /// What a quotient is divided by but for a number.
  constexpr int divisor(int id) const {
    int d = g_.operand_of(id, 1);
    while (g_[d].derived && g_[d].op == id_of<multiply_op>() && constant(g_.operand_of(d, 1))) d = g_.operand_of(d, 0);
    return d;
  }
  constexpr term added(term x, term y) {
    const double ratio = y.coefficient / x.coefficient;
    if (x.base == y.base) return is_tame(1 + ratio) ? term{x.base, x.coefficient + y.coefficient} : term{};
    if (!is_tame(ratio)) return {};
    const bool minus = ratio < 0;
    if (minus && ratio == -1 && y.coefficient > 0 && x.coefficient < 0) return {make(id_of<subtract_op>(), y.base, x.base), y.coefficient};
    const int other = scaled(y.base, minus ? -ratio : ratio);
    if (minus) return {make(id_of<subtract_op>(), x.base, other), x.coefficient};
    return {x.base < other ? make(id_of<add_op>(), x.base, other) : make(id_of<add_op>(), other, x.base), x.coefficient};
  }

  /// The product of two bases: one that is there with the same factors, or can be had from such a one, before a new one.
  constexpr int multiply(int a, int b) {
    a = undivided(a), b = undivided(b);
    sequence<int> factors = merged(a, b);
    if (cancel(factors)) {
      int all = factors[0];
      for (std::size_t i = 1; i < factors.size(); ++i) all = multiply(all, factors[i]);
      return all;
    }
    if (factors.size() > most_factors) return make(id_of<multiply_op>(), a < b ? a : b, a < b ? b : a);
    if (const int known = find(factors, -1); known >= 0) return known;
    for (std::size_t left_out = 0; left_out < factors.size(); ++left_out) {
      const int rest = factors.size() > 2 ? find(factors, static_cast<int>(left_out)) : -1;
      if (rest >= 0 && (rest < a || rest < b) && factors[left_out] < (a > b ? a : b)) {
        a = rest, b = factors[left_out];
        break;
      }
    }
    const int made = make(id_of<multiply_op>(), a < b ? a : b, a < b ? b : a);
    products_index_.insert(hash_of_factors(factors, -1), static_cast<int>(products_.size()));
    product_of_.resize(out_.graph.nodes.size(), -1);
    product_of_[made] = static_cast<int>(products_.size());
    products_.push_back({made, std::move(factors)});
    return made;
  }
  /// In higher derivatives x / (a / b), of which the first ones only need x / a, is that times b.
  constexpr int undivided(int x) {
    const int known = out_.order > 1 && static_cast<std::size_t>(x) < known_by_.size() ? known_by_[x] : -1;
    if (known < 0) return x;
    return multiply(known, out_.graph.operand_of(out_.graph.operand_of(x, out_.graph[x].operand_count - 1), 1));
  }
  constexpr sequence<int> merged(int a, int b) const {
    sequence<int> all;
    const auto meet = [&](int x) {
      const int known = static_cast<std::size_t>(x) < product_of_.size() ? product_of_[x] : -1;
      if (known < 0) insert(all, x);
      else
        for (int f : products_[known].factors) insert(all, f);
    };
    meet(a), meet(b);
    return all;
  }
  /// Leaves out a number and its reciprocal, but not all that there is; whether it did.
  constexpr bool cancel(sequence<int>& factors) const {
    if (factors.size() < 3) return false;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      if (out_.graph[factors[i]].op != id_of<reciprocal_op>()) continue;
      const int inverse = out_.graph.operand_of(factors[i], 0);
      for (std::size_t k = 0; k < i; ++k) {
        if (factors[k] != inverse) continue;
        sequence<int> rest;
        for (std::size_t f = 0; f < factors.size(); ++f)
          if (f != i && f != k) rest.push_back(factors[f]);
        factors = std::move(rest);
        return true;
      }
    }
    return false;
  }
  static constexpr void insert(sequence<int>& sorted, int x) {
    sorted.push_back(x);
    for (std::size_t i = sorted.size() - 1; i > 0 && sorted[i - 1] > sorted[i]; --i) std::swap(sorted[i - 1], sorted[i]);
  }
  static constexpr std::uint64_t hash_of_factors(const sequence<int>& factors, int left_out) {
    std::uint64_t h = 1;
    for (std::size_t i = 0; i < factors.size(); ++i)
      if (static_cast<int>(i) != left_out) h = hash_combine(h, static_cast<std::uint64_t>(factors[i]));
    return h;
  }
  constexpr int find(const sequence<int>& factors, int left_out) const {
    const int known = products_index_.find(hash_of_factors(factors, left_out), [&](int p) {
      const auto& same = products_[p].factors;
      if (same.size() != factors.size() - (left_out >= 0 ? 1 : 0)) return false;
      std::size_t at = 0;
      for (std::size_t i = 0; i < factors.size(); ++i)
        if (static_cast<int>(i) != left_out && same[at++] != factors[i]) return false;
      return true;
    });
    return known < 0 ? -1 : products_[known].node;
  }

  // No template: clang instantiates those of this class too late for constant expressions.
  constexpr int make(const op_info* op, int a, int b = -1) {
    const int ids[]{a, b};
    const auto& like = out_.graph[a];
    const shape s = out_.graph.shapes[like.shape];
    return out_.intern(op, {}, {ids, b < 0 ? std::size_t{1} : std::size_t{2}}, like.type, s);
  }
  constexpr int scaled(int base, double c) {
    c = tidied(c);
    if (c == 1) return base;
    if (c == -1) return make(id_of<negate_op>(), base);
    const auto type = out_.graph[base].type;
    return make(id_of<multiply_op>(), base, out_.add_constant(type == dtype::f32 ? static_cast<double>(static_cast<float>(c)) : c, type, false).id);
  }
  constexpr int whole(int id) {
    const term& t = terms_[id];
    return t.exact >= 0 ? t.exact : scaled(t.base, t.coefficient);
  }

  const graph& g_;
  builder out_;
  sequence<term> terms_;
  sequence<int> quotients_;  ///< by divisor: how many it divides
  sequence<int> known_by_;  ///< of x / (a / b) that is divided by b too: x / a
  sequence<product> products_;
  sequence<int> product_of_;
  hash_index products_index_;
};

}  // namespace detail

/// Rewrites derivatives into fewer operations which round otherwise: constants of products meet, products of the same factors
/// are one, equal terms add up.
/// Takes a simplified graph in topological order; gives a compact one; what is no part of a derivative keeps its bits.
constexpr graph condense(graph g) {
  if (!detail::is_condensable(g)) return g;
  return compact(detail::condenser(g).result());
}

}  // namespace tapeless
