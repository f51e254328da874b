#pragma once
#include <tapeless/core/fixed_string.hpp>
#include <tapeless/expr/expression.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// What tracing a function on symbolic arguments tells: the result's dtype and shape, or the first mistake in its body.
struct signature {
  dtype type = dtype::f32;
  tapeless::shape shape{};
  std::uint64_t body = 0;  ///< hash of the traced graph: two lambdas may have one name
  text mistake{};
};
template <class Function, class... Args> constexpr signature signature_of();

/// A function applied to expressions: the unit of abstraction. The body is traced with handles for the arguments and
/// inlined; names of types stay as short as the function's own.
///   scope   a function with a static member `scope` has its variables under that name: "conv1/weights"
template <class Function, class... Args> struct call : expression_base {
  static constexpr signature result = signature_of<Function, Args...>();
  static constexpr int nesting = 1 + std::max({0, detail::nesting<Args>()...});
  static constexpr tapeless::shape shape = result.shape;
  static constexpr dtype type = result.type;
  static constexpr bool weak = false;
  static constexpr std::uint64_t hash = [] {
    auto h = hash_combine(hash_of("call"), detail::type_hash<Function>);
    h = hash_combine(h, result.body);
    ((h = hash_combine(h, Args::hash)), ...);
    return h;
  }();
  static constexpr bool sound = result.mistake.empty() && (Args::sound && ...);
  static constexpr text check() {
    if constexpr ((Args::sound && ...)) return result.mistake;
    else return {};
  }

  static constexpr bool is_traced(builder& b) { return find_traced(b, hash, &detail::type_tag<call>).exists(); }
  static constexpr ref trace(builder& b) {
    if (const ref known = find_traced(b, hash, &detail::type_tag<call>); known.exists()) return known;
    return remember_traced(b, hash, &detail::type_tag<call>, detail::as_ref(b, invoke(b, Args::trace(b)...)));
  }
  template <class... Refs> static constexpr auto invoke(builder& b, Refs... args) {
    if constexpr (requires { Function::scope; }) {
      enter_scope(b, std::string_view(Function::scope));
      const auto r = Function{}(args...);
      leave_scope(b);
      return r;
    } else {
      return Function{}(args...);
    }
  }
  static constexpr void describe(text& out, int depth) {
    if constexpr (requires { Function::scope; }) out << std::string_view(Function::scope) << "(";
    else out << "call(";
    int i = 0;
    if (depth > 0) ((out << (i++ > 0 ? ", " : ""), Args::describe(out, depth - 1)), ...);
    else out << "...";
    out << ")";
  }
};

namespace detail {

struct named_call {
  static constexpr auto name = "call";
};

/// Stands for a function that is not stateless, so that calling it is no second error.
struct refused_function {
  template <class... Args> constexpr double operator()(const Args&...) const { return 0; }
};

}  // namespace detail

/// Applies a function object without state, such as a captureless lambda, to expressions, handles or numbers.
template <class Function, class... Args> requires any_operand<Args...>
constexpr auto invoke(Function, Args... args) {
  if constexpr (!verify_stateless<Function>()) {
    return detail::first_expression(args...);
  } else if constexpr ((traced<Args> || ...)) {
    builder* owner = nullptr;
    ((owner = owner != nullptr ? owner : detail::owner_of(args)), ...);
    if constexpr (!(expression<Args> || ...))
      if (owner == nullptr) return ref(Function{}(ref(args)...));
    return call<Function>::invoke(*owner, detail::as_ref(*owner, args)...);
  } else if constexpr ((number<Args> && ...)) {
    // Literals in the body are double; the result is of the arguments' type.
    using common = detail::element_number<std::common_type_t<Args...>>;
    const auto y = Function{}(args...);
    if constexpr (std::floating_point<common> && std::floating_point<decltype(Function{}(args...))>) return static_cast<common>(y);
    else return y;
  } else if constexpr ((number<Args> || ...)) {
    verify<&detail::number_in_expression<detail::named_call, Args...>>();
    return detail::first_expression(args...);
  } else {
    using result = call<Function, Args...>;
    verify<&result::check>();
    return detail::shorten(result{});
  }
}

/// A function under a scope of its own: its variables are named "Name/...".
template <fixed_string Name, class Function> struct scoped {
  static constexpr std::string_view scope = Name.view();
  template <class... Args> constexpr auto operator()(Args... args) const { return Function{}(args...); }
};
template <fixed_string Name, class Function> constexpr auto scope(Function) {
  if constexpr (!verify_stateless<Function>()) return detail::refused_function{};
  else return []<class... Args>(Args... args) { return tapeless::invoke(scoped<Name, Function>{}, args...); };
}

}  // namespace tapeless
