#pragma once
#include <tapeless/expr/diagnostic.hpp>
#include <tapeless/expr/intern.hpp>

#include <concepts>
#include <type_traits>

namespace tapeless::inline TAPELESS_ABI {

/// An empty type that stands for a tensor: `shape`, `type` and `hash` are static members, `trace(builder&)` adds its
/// nodes to a graph and `describe(text&, depth)` names it in messages.
template <class E>
concept expression = std::derived_from<E, expression_base>;

template <class T>
concept number = std::integral<T> || std::floating_point<T>;

template <class T>
concept traced = std::same_as<T, ref>;

/// What ops are applied to: expressions, handles in a traced function, numbers beside one of these, or numbers alone, on
/// which an elementwise op is computed at once: a function written for expressions also runs on plain doubles.
template <class... T>
concept any_operand = (sizeof...(T) > 0) && ((expression<T> || traced<T> || number<T>) && ...);

/// An op together with its attributes.
template <class Op, attributes A> struct with : Op {
  using base = Op;
  static constexpr attributes parameters = A;
};

namespace detail {

/// One address for each type.
template <class T> inline constexpr char type_tag{};

template <class Op> struct base_of { using type = Op; };
template <class Op> requires requires { typename Op::base; } struct base_of<Op> { using type = typename Op::base; };
template <class Op> using base_op = typename base_of<Op>::type;

template <class Op> constexpr attributes parameters_of() {
  if constexpr (requires { Op::parameters; }) return Op::parameters;
  else return {};
}
/// Constants take the dtype of the numbers they stand beside; alone, or beside bool only, they are double.
constexpr dtype common_type(std::span<const operand> x, std::span<const bool> weak) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!weak[i] && x[i].type != dtype::boolean) return x[i].type;
  return dtype::f64;
}

}  // namespace detail

/// An op applied to expressions.
template <class Op, class... Args> struct applied : expression_base {
  static constexpr std::size_t arity = sizeof...(Args);
  static constexpr int nesting = 1 + std::max({0, detail::nesting<Args>()...});

  static constexpr inferred infer() {
    std::array<operand, arity> x{operand{Args::type, Args::shape}...};
    const std::array<bool, arity> is_weak{Args::weak...};
    if (Op::kind == op_kind::elementwise) {
      const auto common = detail::common_type(x, is_weak);
      auto next = is_weak.begin();
      for (auto& o : x)
        if (*next++) o.type = common;
    }
    return Op::infer(x, detail::parameters_of<Op>());
  }
  static constexpr text check() {
    text message;
    if (const auto r = infer(); r.problem != nullptr && (Args::sound && ...)) {
      detail::print_mistake(message, Op::name, r.problem);
      int i = 0;
      ((message << (i++ > 0 ? " and " : ""), Args::describe(message, 1), detail::print_operand(message, {Args::type, Args::shape})), ...);
      detail::print_target(message, detail::parameters_of<Op>());
    }
    return message;
  }

  static constexpr inferred result = infer();
  static constexpr bool sound = result.problem == nullptr && (Args::sound && ...);
  static constexpr tapeless::shape shape = result.shape;
  static constexpr dtype type = result.type;
  static constexpr bool weak = detail::foldable<detail::base_op<Op>> && (Args::weak && ...);
  static constexpr std::uint64_t hash = [] {
    auto h = hash_combine(detail::type_hash<detail::base_op<Op>>, detail::hash_of_attributes(detail::parameters_of<Op>()));
    ((h = hash_combine(h, Args::hash)), ...);
    return h;
  }();

  static constexpr bool is_traced(builder& b) { return find_traced(b, hash, &detail::type_tag<applied>).exists(); }
  static constexpr ref trace(builder& b) {
    if (const ref known = find_traced(b, hash, &detail::type_tag<applied>); known.exists()) return known;
    const std::array<ref, arity> x{Args::trace(b)...};
    return remember_traced(b, hash, &detail::type_tag<applied>, add_node(b, id_of<detail::base_op<Op>>(), detail::parameters_of<Op>(), x));
  }
  static constexpr void describe(text& out, int depth) {
    out << Op::name << "(";
    if (depth == 0) {
      out << "...";
    } else {
      int i = 0;
      ((out << (i++ > 0 ? ", " : ""), Args::describe(out, depth - 1)), ...);
    }
    out << ")";
  }
};

/// A number in the type: `0.5_c`. It takes the dtype of what it stands beside.
template <std::uint64_t Bits> struct constant : expression_base {
  static constexpr tapeless::shape shape{};
  static constexpr dtype type = dtype::f64;
  static constexpr bool weak = true;
  static constexpr double value = std::bit_cast<double>(Bits);
  static constexpr std::uint64_t hash = hash_combine(hash_of("constant"), Bits);

  static constexpr ref trace(builder& b) { return add_constant(b, value, dtype::f64, true); }
  static constexpr void describe(text& out, int) { out << "constant"; }
};

namespace detail {

template <class T> constexpr builder* owner_of(const T& x) {
  if constexpr (traced<T>) return x.owner;
  else return nullptr;
}
template <class T> constexpr ref as_ref(builder& b, const T& x) {
  if constexpr (traced<T>) return x.is_literal() ? add_constant(b, x.literal, dtype::f64, true) : x;
  else if constexpr (expression<T>) return T::trace(b);
  else return add_constant(b, static_cast<double>(x), dtype::f64, true);
}

/// Stands where a number was written beside an expression type, which cannot hold it.
template <class Op, class... Args> constexpr text number_in_expression() {
  text message;
  message << Op::name << ": a run-time number cannot be part of an expression: ";
  int i = 0;
  const auto describe = [&]<class A>(std::type_identity<A>) {
    message << (i++ > 0 ? " and " : "");
    if constexpr (expression<A>) A::describe(message, 1), print_operand(message, {A::type, A::shape});
    else message << "a number";
  };
  (describe(std::type_identity<Args>{}), ...);
  return message << ": write a constant, such as 0.5_c, or feed a scalar tl::placeholder<\"rate\", float>";
}
/// What an op gives after a mistake was reported: of a type that what follows can go on with.
template <class First, class... Rest> constexpr auto first_expression(First first, Rest... rest) {
  if constexpr (sizeof...(Rest) == 0 || !number<First>) return first;
  else return first_expression(rest...);
}

/// What a number is computed as: float, double, int32, int64 or bool.
template <class N> using element_number =
    std::conditional_t<std::floating_point<N>, std::conditional_t<std::same_as<N, float>, float, double>,
                       std::conditional_t<std::same_as<N, bool>, bool, std::conditional_t<(sizeof(N) > 4), std::int64_t, std::int32_t>>>;

/// Computes an elementwise op on numbers in their common type, or in double where the op takes no integers.
template <class Op, number... N> constexpr auto compute(N... x) {
  static_assert(Op::kind == op_kind::elementwise, "tapeless: this op works on tensors, not on plain numbers");
  using common = element_number<std::common_type_t<N...>>;
  constexpr operand described[]{{dtype_of<std::conditional_t<std::same_as<N, bool>, bool, common>>, {}}...};
  using chosen = std::conditional_t<Op::infer(described, parameters_of<Op>()).problem == nullptr, common, double>;
  return Op::value(static_cast<std::conditional_t<std::same_as<N, bool>, bool, chosen>>(x)...);
}

/// The same on handles that are numbers of no graph yet.
template <class Op, class... Args> constexpr ref compute_literal(const Args&... x) {
  const auto value_of = [](const auto& v) {
    if constexpr (traced<std::remove_cvref_t<decltype(v)>>) return v.literal;
    else return static_cast<double>(v);
  };
  static_cast<void>(value_of);
  constexpr std::array<operand, sizeof...(Args)> numbers = [] {
    std::array<operand, sizeof...(Args)> n{};
    for (auto& o : n) o.type = dtype::f64;
    return n;
  }();
  if constexpr (Op::kind == op_kind::elementwise && Op::infer(numbers, attributes{}).problem == nullptr && Op::infer(numbers, attributes{}).type == dtype::f64) {
    return ref(Op::value(value_of(x)...));
  } else {
    not_allowed("an op on numbers that belong to no graph: make them of the function's arguments, or use plain double");
    return {};
  }
}

}  // namespace detail

/// Applies an op: to expressions, giving an expression; to handles in a traced function, giving a handle; to numbers,
/// giving a number.
template <class Op, class... Args> requires any_operand<Args...> constexpr auto apply(Args... args) {
  if constexpr ((traced<Args> || ...)) {
    builder* owner = nullptr;
    ((owner = owner != nullptr ? owner : detail::owner_of(args)), ...);
    if constexpr (!(expression<Args> || ...))
      if (owner == nullptr) return detail::compute_literal<Op>(args...);
    const ref x[]{detail::as_ref(*owner, args)...};
    return add_node(*owner, id_of<detail::base_op<Op>>(), detail::parameters_of<Op>(), x);
  } else if constexpr ((number<Args> && ...)) {
    return detail::compute<Op>(args...);
  } else if constexpr ((number<Args> || ...)) {
    verify<&detail::number_in_expression<Op, Args...>>();
    return detail::first_expression(args...);
  } else {
    using result = applied<Op, Args...>;
    verify<&result::check>();
    return detail::shorten(result{});
  }
}

/// Applies an op with attributes that are computed while a graph is built; for gradient rules.
template <class Op, std::same_as<ref>... Args> constexpr ref apply(const attributes& a, ref first, Args... rest) {
  const ref x[]{first, rest...};
  return add_node(*first.owner, id_of<Op>(), a, x);
}

}  // namespace tapeless
