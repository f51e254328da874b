#pragma once
#include <tapeless/expr/trace.hpp>

namespace tapeless::inline TAPELESS_ABI::nn {

/// A function of tensors with variables of its own: `y = l(x)`. Body is a function object on handles without state; its
/// static member `scope` names it. Applied twice, it uses the same variables.
template <class Body> struct layer {
  template <class... X> requires any_operand<X...> constexpr auto operator()(X... x) const { return tapeless::invoke(Body{}, x...); }
};

/// A trainable variable of the layer whose body runs.
constexpr ref trainable(builder& b, std::string_view name, dtype type, const shape& s, initializer start) {
  return add_leaf(b, {leaf_kind::variable, name, type, s, start, true});
}

/// One layer after the other: `sequential(a, b, c)(x)` is c(b(a(x))).
template <class... Layers> struct sequence {
  template <class X> requires any_operand<X> constexpr auto operator()(X x) const { return pass<Layers...>(x); }

 private:
  template <class First, class... Rest, class X> static constexpr auto pass(X x) {
    if constexpr (sizeof...(Rest) == 0) return First{}(x);
    else return pass<Rest...>(First{}(x));
  }
};
template <class... Layers> requires(sizeof...(Layers) > 0 && (std::is_empty_v<Layers> && ...))
constexpr sequence<Layers...> sequential(Layers...) { return {}; }

}  // namespace tapeless::nn
