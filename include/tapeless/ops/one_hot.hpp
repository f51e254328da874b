#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/cast.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/shape_forms.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// 0, 1, 2, ... attributes.a: the dtype; .target: (n,).
struct iota_op {
  static constexpr auto name = "iota";
  static constexpr op_kind kind = op_kind::indexed;
  static constexpr int arity = 0;
  static constexpr inferred infer(operands, const attributes& a) {
    const auto type = static_cast<dtype>(a.a);
    return {type, a.target, contains(element_domain::numeric, type) ? nullptr : requirement(element_domain::numeric, type)};
  }
};

/// `iota<T, N>()`: the numbers from 0 to N - 1.
template <element T, auto N> constexpr auto iota() {
  using result = applied<with<iota_op, attributes{.a = static_cast<std::int64_t>(dtype_of<T>), .target = shape(N)}>>;
  verify<&result::check>();
  return result{};
}

namespace detail {

constexpr ref iota(builder& b, dtype type, dim n) { return add_node(b, id_of<iota_op>(), {.a = static_cast<std::int64_t>(type), .target = shape(n)}, {}); }

/// True where the position along a new last axis is the index.
constexpr ref is_index(ref indices, dim n) { return expand_dims<-1>(indices) == iota(*indices.owner, indices.type(), n); }

template <element T, std::int64_t N> struct one_hot_of {
  constexpr ref operator()(ref indices) const {
    text m;
    if (!is_integer(indices.type())) fail(*indices.owner, m << "one_hot: indices must be integers");
    return cast<T>(is_index(indices, N));
  }
};

}  // namespace detail

/// A new last axis of extent N, 1 at the index and 0 elsewhere: `one_hot<10, float>(labels)`.
///   shape     (..., N)              dtype  T (float unless given)
///   limits    all 0 for an index outside [0, N)
///   gradient  none
template <std::int64_t N, element T = float, class X> requires any_operand<X> constexpr auto one_hot(X indices) {
  static_assert(!number<X>, "tapeless: this op works on tensors, not on plain numbers");
  return tapeless::invoke(detail::one_hot_of<T, N>{}, indices);
}

}  // namespace tapeless
