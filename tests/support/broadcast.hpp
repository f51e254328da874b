#pragma once
#include "gradient.hpp"

namespace checks {

namespace detail {

/// All shapes of up to `Rank` axes whose extents are those of (2, 3, 4), from the back, or 1.
template <int Rank> struct operand_shapes {
  static constexpr std::size_t count = (std::size_t{2} << Rank) - 1;
  static constexpr tl::shape shape_of(std::size_t i) {
    tl::shape s;
    int rank = 0;
    for (; i >= std::size_t{1} << rank; ++rank) i -= std::size_t{1} << rank;
    for (int axis = 0; axis < rank; ++axis) s.push((i >> axis & 1) != 0 ? 1 : 5 - rank + axis);
    return s;
  }
};

/// The element of a broadcast operand that stands at element i of the result.
inline std::size_t broadcast_position(const tl::shape& operand, const tl::shape& result, std::size_t i) {
  std::size_t at = 0, stride = 1;
  for (int axis = result.rank - 1; axis >= 0; --axis) {
    const auto n = static_cast<std::size_t>(result[axis].constant);
    const int own = axis - (result.rank - operand.rank);
    if (own < 0) break;
    if (!operand[own].is_one()) at += i % n * stride, stride *= n;
    i /= n;
  }
  return at;
}

/// One program for each shape of the left operand computes it with every shape of the right one; the gradients are those
/// of the sum of its results, each weighted by its own dy.
template <class F, int Rank, class Backend, std::size_t Left> class broadcast_checker {
  using shapes = operand_shapes<Rank>;
  static constexpr std::size_t count = shapes::count;

  template <char Letter, std::size_t I> static constexpr char name[]{Letter, static_cast<char>('A' + I), '\0'};
  template <char Letter, std::size_t I, tl::shape Shape> static constexpr auto leaf() {
    return []<std::size_t... D>(std::index_sequence<D...>) {
      return tl::placeholder<tl::fixed_string(name<Letter, I>), double, Shape[static_cast<int>(D)].constant...>{};
    }(std::make_index_sequence<static_cast<std::size_t>(Shape.rank)>{});
  }
  static constexpr tl::shape left = shapes::shape_of(Left);
  static constexpr tl::shape result_shape(std::size_t right) { return tl::broadcast(left, shapes::shape_of(right)).value; }
  static constexpr auto a = leaf<'a', Left, left>();
  template <std::size_t I> static constexpr auto b = leaf<'b', I, shapes::shape_of(I)>();
  template <std::size_t I> static constexpr auto y = call<F>(a, b<I>);
  template <std::size_t I> static constexpr auto dy = leaf<'d', I, result_shape(I)>();

  static std::vector<double> numbers(const tl::shape& s, double from, double to, std::size_t seed) {
    return points<double>(from, to, static_cast<std::size_t>(element_count(s)), static_cast<unsigned>(seed));
  }

 public:
  template <class Oracle> static faults check(const Oracle& oracle, const gradient_demand& demand) {
    const auto xs = numbers(left, demand.from, demand.to, Left);
    std::vector<std::vector<double>> ys, weights;
    for (std::size_t i = 0; i < count; ++i) {
      ys.push_back(numbers(shapes::shape_of(i), demand.from_b, demand.to_b, i + 50));
      weights.push_back(numbers(result_shape(i), -2, 2, i + 100));
    }
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      static_assert(((y<I>.shape == result_shape(I)) && ...), "the result of broadcasting has another shape");
      constexpr auto loss = (tl::sum(y<I> * dy<I>) + ...);
      auto session = tl::session<typename Backend::policy>(y<I>..., tl::derivative(loss, a), tl::derivative(loss, b<I>)...);
      const auto out = session.run(a = xs, (b<I> = ys[I])..., (dy<I> = weights[I])...);

      faults found;
      const auto compare = [&](const auto& computed, const std::vector<wide>& expected, const char* what, std::size_t right) {
        const auto got = elements_of(computed);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          if (got.size() == expected.size() && distance(got[i], expected[i], 1e-3L) <= demand.tolerance) continue;
          tl::text operands;
          left.print(operands) << " with ";
          if (right < count) shapes::shape_of(right).print(operands);
          else operands << "all others";
          found.add(name_of<F>(), " on ", Backend::name, ": ", what, " of ", operands.view(), " [", i, "] is ",
                    i < got.size() ? got[i] : nan, ", expected ", expected[i]);
        }
      };
      std::vector<wide> da(xs.size());
      std::array<std::vector<wide>, count> value, db;
      for (std::size_t right = 0; right < count; ++right) {
        value[right].resize(weights[right].size()), db[right].resize(ys[right].size());
        for (std::size_t i = 0; i < weights[right].size(); ++i) {
          const auto ia = broadcast_position(left, result_shape(right), i), ib = broadcast_position(shapes::shape_of(right), result_shape(right), i);
          const std::array<wide, 2> x{xs[ia], ys[right][ib]};
          value[right][i] = exact(oracle, x);
          da[ia] += weights[right][i] * first_difference(oracle, x, 0, (demand.to - demand.from) / 1024);
          db[right][ib] += weights[right][i] * first_difference(oracle, x, 1, (demand.to_b - demand.from_b) / 1024);
        }
      }
      (compare(std::get<I>(out), value[I], "value", I), ...);
      compare(std::get<count>(out), da, "gradient by the left operand", count);
      (compare(std::get<count + 1 + I>(out), db[I], "gradient by the right operand", I), ...);
      return found;
    }(std::make_index_sequence<count>{});
  }
};

}  // namespace detail

/// Compares values and gradients for every pair of operand shapes of up to `Rank` axes in which extents agree or are 1; for
/// some shapes of the left operand only where their numbers are given.
template <class F, int Rank = 2, std::size_t... Left, class Oracle = detail::value_of_op<F>>
faults broadcast_faults(const gradient_demand& demand = {}, const Oracle& oracle = {}) {
  if constexpr (sizeof...(Left) > 0) {
    faults found;
    ((found += detail::broadcast_checker<F, Rank, simd, Left>::check(oracle, demand)), ...);
    return found;
  } else {
    return [&]<std::size_t... Each>(std::index_sequence<Each...>) {
      faults found;
      ((found += detail::broadcast_checker<F, Rank, simd, Each>::check(oracle, demand)), ...);
      ((found += detail::broadcast_checker<F, Rank, reference, Each>::check(oracle, demand)), ...);
      return found;
    }(std::make_index_sequence<detail::operand_shapes<Rank>::count>{});
  }
}
template <class F, int Rank = 2, std::size_t... Left, class Oracle = detail::value_of_op<F>>
void check_broadcast(const gradient_demand& demand = {}, const Oracle& oracle = {}) {
  expect(broadcast_faults<F, Rank, Left...>(demand, oracle));
}

}  // namespace checks
