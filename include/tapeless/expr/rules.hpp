#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/graph/marker.hpp>

#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

/// The adjoint of x where u is that of y, which the rule of this name made linear in x; does not exist where y does not depend on
/// x. Defined in transform/.
constexpr ref add_transposed(builder& b, ref y, ref x, ref u, std::string_view name);

namespace detail {

struct member_gradient { int gradient; };
struct member_tangent { int tangent; };
template <class Rules> struct beside_gradient : Rules, member_gradient {};
template <class Rules> struct beside_tangent : Rules, member_tangent {};
// Where both bases have a member of that name, naming it is ambiguous: so templates and overloads are found too.
template <class Rules> concept states_gradient = !requires { &beside_gradient<Rules>::gradient; };
template <class Rules> concept states_tangent = !requires { &beside_tangent<Rules>::tangent; };

/// The name of a function in messages and printed graphs: its member `name`, else that of its type.
template <class Rules> constexpr std::string_view name_of_rules() {
  if constexpr (requires { std::string_view(Rules::name); }) {
    return Rules::name;
  } else {
    std::string_view n = type_name<Rules>();
    n.remove_prefix(n.find("T = ") + 4);
    n = n.substr(0, n.find_first_of(";]<"));
    const auto last = n.rfind("::");
    return last == n.npos ? n : n.substr(last + 2);
  }
}

/// What a rule may answer, as a tuple: one handle or number, or a tuple or array of them.
template <class Answer> constexpr auto answers(const Answer& a) {
  if constexpr (requires { std::tuple_size<Answer>::value; }) return std::apply([](const auto&... one) { return std::tuple(one...); }, a);
  else return std::tuple(a);
}

/// Whether two shapes are one, or may turn out to be once dims that are still free are known.
constexpr bool may_be_same(const shape& a, const shape& b) {
  bool may = a.rank == b.rank;
  for (int i = 0; may && i < a.rank; ++i) may = a[i] == b[i] || !a[i].is_static() || !b[i].is_static();
  return may;
}

/// Stands for a call of a function that states its own rules.
///   operands    the value, the arguments, and what the function kept for its rules
///   attributes  bits: a hash of what the rules make of such operands, since two lambdas may have one name
template <class Rules, std::size_t Args, std::size_t Kept> struct rule_op : marker {
  static constexpr std::string_view name = name_of_rules<Rules>();

  static constexpr void gradient(ref dy, ref y, std::span<const ref> x, std::span<ref> dx) {
    if constexpr (states_gradient<Rules> && states_tangent<Rules>) {
      if (y.owner->forward_mode) transpose_tangent(dy, y, x, dx);
      else take_gradient(dy, y, x, dx);
    } else if constexpr (states_gradient<Rules>) {
      take_gradient(dy, y, x, dx);
    } else if constexpr (states_tangent<Rules>) {
      transpose_tangent(dy, y, x, dx);
    } else {
      text m(name);
      y.owner->report(m << ": a function with rules of its own states gradient(dy, y, x...), tangent(dx..., y, x...), or both");
    }
  }

  /// Defined in transform/.
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x);

  /// Carries out the rules on stand-ins in a graph that is thrown away: so mistakes are found where the function is called,
  /// and what the rules make tells functions of one name apart.
  static constexpr std::uint64_t survey(builder& b, std::span<const ref> operands) {
    if (b.surveying) return 0;  // rules may call the function itself
    builder scratch;
    scratch.surveying = true;
    sequence<ref> x;
    const auto stand_in = [&](std::string_view word, std::size_t i, ref like) {
      text label(word);
      label << " " << static_cast<std::int64_t>(i);
      return scratch.add_leaf({leaf_kind::argument, label.view(), like.type(), like.shape(), {}, false});
    };
    x.push_back(stand_in("value", 0, operands[0]));
    for (std::size_t i = 0; i < Args; ++i) x.push_back(stand_in("argument", i, operands[1 + i]));
    for (std::size_t i = 0; i < Kept; ++i) x.push_back(stand_in("kept", i, operands[1 + Args + i]));
    const ref dy = scratch.add_leaf({leaf_kind::argument, "dy", operands[0].type(), operands[0].shape(), {}, false});
    std::uint64_t h = 0;
    for (bool forward : {false, true}) {
      scratch.forward_mode = forward;
      sequence<ref> dx(x.size());
      gradient(dy, x[0], {x.data(), x.size()}, {dx.data(), dx.size()});
      for (const ref d : dx) h = hash_combine(h, static_cast<std::uint64_t>(d.id + 1));
      if (!(states_gradient<Rules> && states_tangent<Rules>)) break;
    }
    if (!scratch.mistake.empty()) b.report(scratch.mistake);
    return hash_combine(h, content_hash(scratch.graph));
  }

 private:
  using arguments = std::make_index_sequence<Args>;
  using kept = std::make_index_sequence<Kept>;

  static constexpr void take_gradient(ref dy, ref y, std::span<const ref> x, std::span<ref> dx) {
    [&]<std::size_t... I, std::size_t... K>(std::index_sequence<I...>, std::index_sequence<K...>) {
      if constexpr (requires { Rules{}.gradient(dy, y, x[1 + I]..., x[1 + Args + K]...); }) {
        store(*y.owner, y, Rules{}.gradient(dy, y, x[1 + I]..., x[1 + Args + K]...), x, dx);
      } else {
        text m;
        m << name << ": gradient must take dy, y, " << static_cast<std::int64_t>(Args) << (Args == 1 ? " argument" : " arguments");
        if (Kept > 0) m << " and " << static_cast<std::int64_t>(Kept) << " that forward kept";
        y.owner->report(m);
      }
    }(arguments{}, kept{});
  }
  static constexpr void store(builder& b, ref y, const gradients& g, std::span<const ref> x, std::span<ref> dx) {
    if (!counts(b, static_cast<std::size_t>(g.size))) return;
    for (std::size_t i = 0; i < Args; ++i) dx[1 + i] = checked(b, g.values[i], y, x[1 + i], i);
  }
  template <class Answer> static constexpr void store(builder& b, ref y, const Answer& answer, std::span<const ref> x, std::span<ref> dx) {
    const auto all = answers(answer);
    if (!counts(b, std::tuple_size_v<decltype(all)>)) return;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((dx[1 + I] = checked(b, handle(b, std::get<I>(all), x[1 + I]), y, x[1 + I], I)), ...);
    }(std::make_index_sequence<std::min(Args, std::tuple_size_v<decltype(all)>)>{});
  }
  static constexpr bool counts(builder& b, std::size_t found) {
    if (found == Args) return true;
    text m;
    m << name << ": gradient must give " << static_cast<std::int64_t>(Args) << (Args == 1 ? " gradient" : " gradients") << ", one for each argument, not " << static_cast<std::int64_t>(found);
    b.report(m);
    return false;
  }
  /// Numbers are of the dtype of what they belong to, repeated in its shape.
  template <class T> static constexpr ref handle(builder& b, const T& answer, ref like) {
    if constexpr (number<T>) return b.add_constant(static_cast<double>(answer), like.type(), false);
    else return as_ref(b, answer);
  }
  /// A gradient has the shape of its argument, or that of the value where that is the argument's broadcast.
  static constexpr ref checked(builder& b, ref g, ref y, ref x, std::size_t i) {
    if (!g.exists() || !is_differentiable(x.type())) return no_gradient;
    const bool constant = b.graph.is(g.id, op_kind::constant);
    const dtype type = derivative_type(x.type());
    if (constant && g.type() != type) g = b.add_constant(g.attributes().number(), type, false);
    const auto whole = broadcast(x.shape(), y.shape());
    const bool broadcasts = may_be_same(g.shape(), y.shape()) && whole.ok && whole.value == y.shape();
    if (g.type() == type && (constant || may_be_same(g.shape(), x.shape()) || broadcasts)) return g;
    text m;
    m << name << ": gradient must give for argument " << static_cast<std::int64_t>(i);
    print_operand(m, {type, x.shape()});
    print_operand(m << " one like it, not", {g.type(), g.shape()});
    b.report(m);
    return no_gradient;
  }

  /// Where only forward mode is stated: J v is linear in v, so its reverse mode is J' dy.
  static constexpr void transpose_tangent(ref dy, ref y, std::span<const ref> x, std::span<ref> dx) {
    builder& b = *y.owner;
    std::array<ref, Args> moves{};
    for (std::size_t i = 0; i < Args; ++i) {
      text label("tangent ");
      label << static_cast<std::int64_t>(i) << " of node " << static_cast<std::int64_t>(y.id);
      moves[i] = is_differentiable(x[1 + i].type()) ? b.add_leaf({leaf_kind::cotangent, label.view(), derivative_type(x[1 + i].type()), x[1 + i].shape(), {}, false}) : b.add_constant(0, dtype::f64, true);
    }
    const ref moved = [&]<std::size_t... I, std::size_t... K>(std::index_sequence<I...>, std::index_sequence<K...>) {
      if constexpr (requires { Rules{}.tangent(moves[I]..., y, x[1 + I]..., x[1 + Args + K]...); }) {
        return handle(b, Rules{}.tangent(moves[I]..., y, x[1 + I]..., x[1 + Args + K]...), y);
      } else {
        text m;
        m << name << ": tangent must take " << static_cast<std::int64_t>(Args) << (Args == 1 ? " tangent" : " tangents") << ", y, " << static_cast<std::int64_t>(Args) << (Args == 1 ? " argument" : " arguments");
        if (Kept > 0) m << " and " << static_cast<std::int64_t>(Kept) << " that forward kept";
        b.report(m);
        return ref{};
      }
    }(arguments{}, kept{});
    if (!moved.exists()) return;
    if (!b.graph.is(moved.id, op_kind::constant) && (moved.type() != derivative_type(y.type()) || !may_be_same(moved.shape(), y.shape()))) {
      text m;
      print_operand(m << name << ": tangent must give one like the value", {derivative_type(y.type()), y.shape()});
      print_operand(m << ", not", {moved.type(), moved.shape()});
      b.report(m);
      return;
    }
    for (std::size_t i = 0; i < Args; ++i)
      if (is_differentiable(x[1 + i].type())) dx[1 + i] = add_transposed(b, moved, moves[i], dy, name);
  }
};

template <class Rules, class... Args> constexpr ref trace_with_rules(Args... args) {
  builder* owner = nullptr;
  ((owner = owner != nullptr ? owner : owner_of(args)), ...);
  builder& b = *owner;
  const std::array<ref, sizeof...(Args)> x{as_ref(b, args)...};
  const auto made = std::apply([](auto... r) { return answers(Rules{}.forward(r...)); }, x);
  constexpr std::size_t kept = std::tuple_size_v<std::remove_const_t<decltype(made)>> - 1;
  std::array<ref, 1 + sizeof...(Args) + kept> all{};
  std::size_t n = 0;
  all[n++] = as_ref(b, std::get<0>(made));
  for (const ref r : x) all[n++] = r;
  [&]<std::size_t... K>(std::index_sequence<K...>) { ((all[n++] = as_ref(b, std::get<1 + K>(made))), ...); }(std::make_index_sequence<kept>{});
  using op = rule_op<Rules, sizeof...(Args), kept>;
  return add_node(b, id_of<op>(), {.bits = op::survey(b, all)}, all);
}

struct no_rule {};
template <class Rule> struct gradient_by {
  template <class... R> static constexpr auto gradient(R... r) requires requires { Rule{}(r...); } { return Rule{}(r...); }
};
template <> struct gradient_by<no_rule> {};
template <class Rule> struct tangent_by {
  template <class... R> static constexpr auto tangent(R... r) requires requires { Rule{}(r...); } { return Rule{}(r...); }
};
template <> struct tangent_by<no_rule> {};

}  // namespace detail

/// The base of functions that state their own derivatives, `struct f : tl::custom_rules<f>`; they are then called like any
/// other, with expressions, in traced functions and with numbers. Members, static or not:
///   forward(x...)                  the value; or a tuple of it and of what the rules want kept
///   gradient(dy, y, x..., kept...) reverse mode: a gradient for each argument, as a tuple, or the one; `tl::no_gradient`: none
///   tangent(dx..., y, x..., kept...)  forward mode: how the value moves with the arguments; linear in dx
///   name                           optional: what messages and printed graphs call it
/// One of the two rules is enough: each mode is then derived from the other's rule; with both, each mode takes its own.
/// Derivatives of derivatives differentiate the rules. Nothing of this is left in the simplified graph.
///   errors    a gradient not like its argument, a tangent not like the value, or not one for each
template <class Rules> struct custom_rules {
  template <class... Args> requires any_operand<Args...> constexpr auto operator()(Args... args) const {
    if constexpr ((traced<Args> || ...)) {
      return detail::trace_with_rules<Rules>(args...);
    } else if constexpr ((number<Args> && ...)) {
      using common = detail::element_number<std::common_type_t<Args...>>;
      const auto y = std::get<0>(detail::answers(Rules{}.forward(args...)));
      if constexpr (std::floating_point<common> && std::floating_point<std::remove_const_t<decltype(y)>>) return static_cast<common>(y);
      else return y;
    } else {
      return tapeless::invoke(Rules{}, args...);
    }
  }
};

/// What custom_vjp and custom_jvp make.
template <fixed_string Name, class Forward, class Gradient, class Tangent>
struct function_with_rules : custom_rules<function_with_rules<Name, Forward, Gradient, Tangent>>, detail::gradient_by<Gradient>, detail::tangent_by<Tangent> {
  static constexpr auto label = Name;
  static constexpr std::string_view name = label.view();
  template <class... X> static constexpr auto forward(X... x) { return Forward{}(x...); }
};

/// f with a reverse rule of its own: `tl::custom_vjp(f, [](auto dy, auto y, auto x) { return ...; })`; see custom_rules. A name
/// for messages and printed graphs may be given: `tl::custom_vjp<"clip">(f, rule)`.
template <fixed_string Name = "custom_vjp", class Function, class Rule> constexpr auto custom_vjp(Function, Rule) {
  if constexpr (!verify_stateless<Function>() || !verify_stateless<Rule>()) return detail::refused_function{};
  else return function_with_rules<Name, Function, Rule, detail::no_rule>{};
}
/// f with a forward rule of its own: `tl::custom_jvp(f, [](auto dx, auto y, auto x) { return ...; })`; see custom_rules.
template <fixed_string Name = "custom_jvp", class Function, class Rule> constexpr auto custom_jvp(Function, Rule) {
  if constexpr (!verify_stateless<Function>() || !verify_stateless<Rule>()) return detail::refused_function{};
  else return function_with_rules<Name, Function, detail::no_rule, Rule>{};
}

}  // namespace tapeless
