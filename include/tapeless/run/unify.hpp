#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/expr/trace.hpp>
#include <tapeless/ops/matmul.hpp>

#include <vector>

namespace tapeless::inline TAPELESS_ABI {

/// An argument of a traced function before its extents are known to agree with others: dtype and shape.
struct function_argument {
  dtype type = dtype::f32;
  tapeless::shape shape{};
};

namespace detail {

/// A set of equations between dims, solved by substitution.
class dim_equations {
 public:
  constexpr dim resolve(dim d) const {
    for (bool again = true; again && !d.is_static();) {
      again = false;
      for (const auto& e : equations_)
        if (e.name == d.name) {
          d = e.value.times(d.factor).plus(d.constant);
          again = true;
          break;
        }
    }
    return d;
  }
  constexpr void equate(dim a, dim b) {
    a = resolve(a), b = resolve(b);
    if (a == b) return;
    if (!free(a)) std::swap(a, b);
    if (free(a)) equations_.push_back({a.name, b});
  }

 private:
  static constexpr bool free(const dim& d) { return !d.is_static() && d.factor == 1 && d.constant == 0; }
  struct equation {
    symbol name;
    dim value;
  };
  std::vector<equation> equations_;
};

template <class Graph> constexpr void equate_operands(const Graph& g, int id, dim_equations& equations) {
  const auto& result = g.shape_of(id);
  const auto align = [&](const shape& s, int skip) {
    for (int i = 0; i + skip < s.rank; ++i) {
      const auto& d = s[i];
      const auto& r = result[i + result.rank - s.rank];
      if (!d.is_one() && !r.is_one()) equations.equate(d, r);
    }
  };
  if (g.is(id, op_kind::elementwise)) {
    for (int o : g.operands_of(id)) align(g.shape_of(o), 0);
  } else if (g.is(id, op_kind::contraction)) {
    const auto &a = g.shape_of(g.operand_of(id, 0)), &b = g.shape_of(g.operand_of(id, 1));
    equations.equate(a[a.rank - 1], b[b.rank - 2]);
    align(a, 2);
    align(b, 2);
  }
}

}  // namespace detail

/// Which extents of a function's arguments must be equal: traces the function once with every extent free, and gives the
/// arguments' shapes with one name for what it combines.
template <class Function, std::size_t N> constexpr std::array<shape, N> unify_arguments(const std::array<function_argument, N>& args) {
  std::array<shape, N> result;
  bool known = true;
  for (std::size_t i = 0; i < N; ++i) result[i] = args[i].shape, known = known && args[i].shape.is_static();
  if (known) return result;
  builder b;
  const auto leaf = [&](std::size_t i) {
    text name;
    name << "argument " << static_cast<std::int64_t>(i);
    return b.add_leaf({leaf_kind::argument, name.view(), args[i].type, args[i].shape, {}, false});
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) { call<Function>::invoke(b, leaf(I)...); }(std::make_index_sequence<N>{});
  detail::dim_equations equations;
  for (int id = 0; id < b.graph.size(); ++id) detail::equate_operands(b.graph, id, equations);
  for (std::size_t i = 0; i < N; ++i) {
    for (int axis = 0; axis < result[i].rank; ++axis) result[i][axis] = equations.resolve(result[i][axis]);
  }
  return result;
}

}  // namespace tapeless
