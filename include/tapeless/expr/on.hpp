#pragma once
#include <tapeless/expr/call.hpp>

namespace tapeless::inline TAPELESS_ABI {

template <std::uint64_t Device> struct device_key {};

namespace detail {

/// While it lives, what is traced is computed on another device.
class device_scope {
 public:
  constexpr device_scope(builder& b, symbol device) : b_(b), outer_(b.device) { b.device = device.bits; }
  device_scope(const device_scope&) = delete;
  device_scope& operator=(const device_scope&) = delete;
  constexpr ~device_scope() { b_.device = outer_; }

  constexpr ref enter(ref x) const { return b_.transferred(x, outer_, b_.device); }
  constexpr ref leave(ref y) const { return b_.transferred(y, b_.device, outer_); }

 private:
  builder& b_;
  std::uint64_t outer_;
};

/// An expression computed by a backend, down to its leaves.
template <class Backend, class X> struct placed : expression_base {
  static constexpr symbol device = Backend::device;
  static constexpr int nesting = 1 + detail::nesting<X>();
  static_assert(entered<device_key<device.bits>, Backend>);
  static constexpr tapeless::shape shape = X::shape;
  static constexpr dtype type = X::type;
  static constexpr bool weak = false;
  static constexpr bool sound = X::sound;
  static constexpr std::uint64_t hash = hash_combine(hash_combine(hash_of("on"), device.bits), X::hash);

  static constexpr bool is_traced(builder& b) { return find_traced(b, hash, &type_tag<placed>).exists(); }
  static constexpr ref trace(builder& b) {
    if (const ref known = find_traced(b, hash, &type_tag<placed>); known.exists()) return known;
    ref y;
    {
      const device_scope there(b, device);
      trace_below<X>(b);
      y = there.leave(X::trace(b));
    }
    return remember_traced(b, hash, &type_tag<placed>, y);
  }
  static constexpr void describe(text& out, int depth) {
    device.print(out << "on "), X::describe(out << ": ", depth);
  }
};

/// What it is made of is traced inside it, not before.
template <class Backend, class X> struct landmarks<placed<Backend, X>> {
  static constexpr void below(sequence<const landmark*>&) {}
};

/// A function computed by a backend: only its body is.
template <class Backend, class Function> struct placed_function {
  template <class... Args> constexpr auto operator()(Args... args) const {
    if constexpr ((traced<Args> || ...)) {
      static_assert(entered<device_key<Backend::device.bits>, Backend>);
      builder* owner = nullptr;
      ((owner = owner != nullptr ? owner : owner_of(args)), ...);
      const device_scope there(*owner, Backend::device);
      return there.leave(as_ref(*owner, Function{}(there.enter(as_ref(*owner, args))...)));
    } else if constexpr ((expression<Args> || ...)) {
      return tapeless::invoke(placed_function{}, args...);
    } else {
      return Function{}(args...);
    }
  }
};

}  // namespace detail

/// An expression that another backend than the session's computes, down to its leaves: `tl::on<tl::cuda>(net(x))`. What it
/// reads is brought there and its value is brought back, once each; gradients go the same ways. The plan shows each transfer.
///   shape, dtype, gradient  those of x
///   leaves  stay where the session computes: a variable that is used elsewhere is brought there in each run
///   choices  what stands on another backend in a branch of `cond` is computed whether or not the branch is taken
///   errors  `on` inside the body of a loop does not compile; around the loop it does
template <class Backend, expression X> constexpr auto on(X) { return detail::shorten(detail::placed<Backend, X>{}); }

/// A function whose body another backend computes: `tl::on<tl::cuda>(net)(x)`. Its arguments are computed where they are.
template <class Backend, class Function> requires(!expression<Function>) constexpr auto on(Function) {
  if constexpr (!verify_stateless<Function>()) return detail::refused_function{};
  else return detail::placed_function<Backend, Function>{};
}

}  // namespace tapeless
