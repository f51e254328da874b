#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/shape_forms.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
struct dot_of {
  constexpr ref operator()(ref a, ref b) const {
    text m;
    if (a.shape().rank != 1 || !(a.shape() == b.shape())) fail(*a.owner, m << "dot: operands must be vectors of one extent");
    return sum(a * b);
  }
};
struct outer_of {
  constexpr ref operator()(ref a, ref b) const { return expand_dims<-1>(flatten(a)) * flatten(b); }
};
}  // namespace detail

/// The sum of the products of two vectors.
template <class A, class B> requires any_operand<A, B> constexpr auto dot(A a, B b) { return tapeless::invoke(detail::dot_of{}, a, b); }

/// All products of an element of a with one of b: (m,) and (n,) give (m, n); other shapes are flattened first.
template <class A, class B> requires any_operand<A, B> constexpr auto outer(A a, B b) { return tapeless::invoke(detail::outer_of{}, a, b); }

}  // namespace tapeless
