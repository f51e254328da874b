#pragma once
#include "elementwise.hpp"

#include <tapeless/ops/arithmetic.hpp>

#include <algorithm>
#include <concepts>
#include <string>

namespace checks {

/// The shape of an operand of up to three axes. In front of its own it has axes of extent 1, up to three in all.
struct operand_shape {
  int rank = 0;
  std::array<std::size_t, 3> extents{1, 1, 1};

  constexpr operand_shape() = default;
  constexpr explicit operand_shape(std::integral auto... own) : rank(sizeof...(own)) {
    std::size_t axis = 3 - sizeof...(own);
    ((extents[axis++] = static_cast<std::size_t>(own)), ...);
  }
  constexpr operand_shape broadcast_with(const operand_shape& other) const {
    operand_shape s;
    s.rank = std::max(rank, other.rank);
    for (std::size_t axis = 0; axis < 3; ++axis) s.extents[axis] = std::max(extents[axis], other.extents[axis]);
    return s;
  }
  friend constexpr bool operator==(const operand_shape&, const operand_shape&) = default;
  constexpr std::size_t size() const { return extents[0] * extents[1] * extents[2]; }
  /// The element that stands at (i, j, k) of a result.
  constexpr std::size_t at(std::size_t i, std::size_t j, std::size_t k) const {
    return (i % extents[0] * extents[1] + j % extents[1]) * extents[2] + k % extents[2];
  }
  std::string text() const {
    std::string s;
    for (auto axis = static_cast<std::size_t>(3 - rank); axis < 3; ++axis) s += (s.empty() ? "" : ", ") + std::to_string(extents[axis]);
    return "(" + s + (rank == 1 ? ",)" : ")");
  }
};

/// All shapes whose extents are those of (3, 5, 9), from the back, or 1, by their numbers of axes. The extents are odd, so
/// that no width of register divides them, and the last one is more than the widest holds.
inline constexpr std::array all_operand_shapes{
  operand_shape(),        operand_shape(9),       operand_shape(1),       operand_shape(5, 9),    operand_shape(5, 1),
  operand_shape(1, 9),    operand_shape(1, 1),    operand_shape(3, 5, 9), operand_shape(3, 5, 1), operand_shape(3, 1, 9),
  operand_shape(3, 1, 1), operand_shape(1, 5, 9), operand_shape(1, 5, 1), operand_shape(1, 1, 9), operand_shape(1, 1, 1),
};

namespace detail {

/// What a sum should be, and the sum of its terms without their signs, to which its rounding errors are relative.
struct exact_sum {
  wide value = 0, magnitude = 0;
  void add(wide term) { value += term, magnitude += std::abs(term); }
};

/// A pair of operands with the weights of its result in the loss, and what is expected of them.
struct broadcast_pair {
  operand_shape left, right, result;
  std::vector<double> a, b, dy;
  std::vector<exact_sum> y, da, db;

  broadcast_pair(const operand_shape& l, const operand_shape& r, unsigned seed)
    : left(l), right(r), result(l.broadcast_with(r)), a(points<double>(-2, 2, left.size(), seed)), b(points<double>(1, 3, right.size(), seed + 1)),
      dy(points<double>(-2, 2, result.size(), seed + 2)), y(result.size()), da(left.size()), db(right.size()) {}

  template <class Oracle> void compute(Oracle) {
    for (std::size_t i = 0; i < result.extents[0]; ++i)
      for (std::size_t j = 0; j < result.extents[1]; ++j)
        for (std::size_t k = 0; k < result.extents[2]; ++k) {
          const auto at_a = left.at(i, j, k), at_b = right.at(i, j, k), at_y = result.at(i, j, k);
          const wide x1 = a[at_a], x2 = b[at_b], weight = dy[at_y];
          y[at_y].add(Oracle::value(x1, x2));
          da[at_a].add(weight * Oracle::by_left(x1, x2));
          db[at_b].add(weight * Oracle::by_right(x1, x2));
        }
  }
};

/// F of one shape with each of the first `Count` shapes, with or without gradients: those of the sum of the results, each
/// weighted by its own dy. Every pair has its own operands, so that none hides another's mistake; they are variables because
/// feeds of as many placeholders take a third of the time to compile.
template <class F, operand_shape Left, std::size_t Count, bool Gradients> class broadcast_program {
 public:
  /// All results, then, if asked for, all gradients by left operands, then those by right ones.
  template <class Backend> static auto run(const std::vector<broadcast_pair>& pairs) {
    return run<Backend>(pairs, std::make_index_sequence<Count>{});
  }

 private:
  static constexpr auto left_number = std::ranges::find(all_operand_shapes, Left) - all_operand_shapes.begin();

  template <char Letter, std::size_t I, operand_shape S> static constexpr auto leaf() {
    return []<std::size_t... Axis>(std::index_sequence<Axis...>) {
      constexpr char name[]{Letter, static_cast<char>('A' + left_number), static_cast<char>('A' + I), '\0'};
      return tl::variable<tl::fixed_string(name), double, S.extents[3 - sizeof...(Axis) + Axis]...>{};
    }(std::make_index_sequence<static_cast<std::size_t>(S.rank)>{});
  }
  template <std::size_t I> static constexpr auto a = leaf<'a', I, Left>();
  template <std::size_t I> static constexpr auto b = leaf<'b', I, all_operand_shapes[I]>();
  template <std::size_t I> static constexpr auto dy = leaf<'d', I, Left.broadcast_with(all_operand_shapes[I])>();
  template <std::size_t I> static constexpr auto y = call<F>(a<I>, b<I>);

  template <class Backend, std::size_t... I> static auto run(const std::vector<broadcast_pair>& pairs, std::index_sequence<I...>) {
    static_assert(((y<I>.shape == dy<I>.shape) && ...), "the result of broadcasting has another shape");
    auto session = [] {
      if constexpr (Gradients) {
        constexpr auto loss = (tl::sum(y<I> * dy<I>) + ...);
        return tl::session<Backend>(y<I>..., tl::derivative(loss, a<I>)..., tl::derivative(loss, b<I>)...);
      } else {
        return tl::session<Backend>(y<I>...);
      }
    }();
    const auto run_with = [&](const auto& set) {
      (set(session[a<I>], pairs[I].a), ...), (set(session[b<I>], pairs[I].b), ...);
      if constexpr (Gradients) (set(session[dy<I>], pairs[I].dy), ...);
      return std::apply([](const auto&... x) { return std::vector{elements_of(x)...}; }, session.run());
    };
    run_with([](auto to, const auto&) { std::ranges::fill(to, nan); });  // what the next run fails to write stays NaN
    return run_with([](auto to, const auto& from) { std::ranges::copy(from, to.begin()); });
  }
};

template <class F, class Oracle, std::size_t Count, operand_shape Left, bool Gradients, class... Backends> faults broadcast_faults() {
  std::vector<broadcast_pair> pairs;
  for (std::size_t i = 0; i < Count; ++i) {
    pairs.emplace_back(Left, all_operand_shapes[i], static_cast<unsigned>(3 * i));
    pairs.back().compute(Oracle{});
  }
  faults found;
  const auto compare = [&](std::string_view backend, const char* what, const broadcast_pair& pair, const std::vector<double>& got,
                           const std::vector<exact_sum>& expected) {
    const auto add = [&](const auto&... parts) {
      found.add(name_of<F>(), " on ", backend, ": ", what, " of ", pair.left.text(), " with ", pair.right.text(), " ", parts...);
    };
    if (got.size() != expected.size()) return add("has ", got.size(), " elements, expected ", expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      if (!(std::abs(got[i] - expected[i].value) <= 1e-13L * expected[i].magnitude)) add("[", i, "] is ", got[i], ", expected ", expected[i].value);
  };
  const auto compare_all = [&](std::string_view backend, const std::vector<std::vector<double>>& got) {
    for (std::size_t i = 0; i < Count; ++i) {
      compare(backend, "value", pairs[i], got[i], pairs[i].y);
      if (!Gradients) continue;
      compare(backend, "gradient by the left operand", pairs[i], got[Count + i], pairs[i].da);
      compare(backend, "gradient by the right operand", pairs[i], got[2 * Count + i], pairs[i].db);
    }
  };
  (compare_all(Backends::name, broadcast_program<F, Left, Count, Gradients>::template run<typename Backends::policy>(pairs)), ...);
  return found;
}

}  // namespace detail

/// An oracle has functions of two numbers: value, by_left and by_right, the derivatives. This one has those of x / y.
struct quotient {
  static wide value(wide x, wide y) { return x / y; }
  static wide by_left(wide, wide y) { return 1 / y; }
  static wide by_right(wide x, wide y) { return -x / (y * y); }
};
/// Compares the quotients of the given shapes with all others, computed by loops that SIMD has compiled for each.
template <operand_shape... Left> void check_broadcast_values() {
  (expect(detail::broadcast_faults<tl::divide_op, quotient, all_operand_shapes.size(), Left, false, simd>()), ...);
}
/// The same with gradients, and on the reference, whose loops do not know shapes.
template <operand_shape... Left> void check_broadcast_gradients() {
  (expect(detail::broadcast_faults<tl::divide_op, quotient, all_operand_shapes.size(), Left, true, simd, reference>()), ...);
}

}  // namespace checks
