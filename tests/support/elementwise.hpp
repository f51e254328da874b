#pragma once
#include "derivatives/node_by_node.hpp"
#include "faults.hpp"
#include "numbers.hpp"

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/run/session.hpp>

#include <array>
#include <cfenv>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <vector>

namespace checks {

namespace tl = tapeless;
using namespace tl::literals;

/// The backends that every checker asks.
struct simd { using policy = tl::simd; static constexpr std::string_view name = "simd"; };
struct reference { using policy = tl::reference; static constexpr std::string_view name = "reference"; };

template <class F> concept named_op = requires { F::kind; };

/// Applies an op, or a function object where what is checked is composed of several.
template <class F, class... X> constexpr auto call(X... x) {
  if constexpr (named_op<F>) return tl::apply<F>(x...);
  else return F{}(x...);
}
template <class F> constexpr std::string_view name_of() {
  if constexpr (named_op<F>) return F::name;
  else return __PRETTY_FUNCTION__;
}
template <class T> constexpr std::string_view name_of_type() { return to_string(tl::dtype_of<T>); }

/// A copy of a vector with NaN on both sides and at an odd address, to be fed.
template <class T> class fed_vector {
 public:
  explicit fed_vector(const std::vector<T>& x) : size_(static_cast<std::int64_t>(x.size())), memory_(new T[x.size() + 2]) {
    memory_[0] = memory_[x.size() + 1] = poison;
    for (std::size_t i = 0; i < x.size(); ++i) memory_[i + 1] = x[i];
  }
  auto view() const { return tl::view(&memory_[1], size_); }

  static constexpr T poison = std::numeric_limits<T>::has_quiet_NaN ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::max();

 private:
  std::int64_t size_;
  std::unique_ptr<T[]> memory_;
};

namespace detail {

/// Elements of a number or tensor as double.
template <class T> std::vector<double> elements_of(const T& t) {
  if constexpr (tl::element<T>) return {static_cast<double>(t)};
  else return {t.begin(), t.end()};
}

inline constexpr tl::dim extent{tl::symbol(std::string_view("N"))};
template <class T> inline constexpr tl::placeholder<"dy", T, extent> upstream{};

template <class T, std::size_t I> constexpr auto operand() {
  constexpr char name[]{static_cast<char>('a' + I), '\0'};
  return tl::placeholder<tl::fixed_string(name), T, extent>{};
}
template <class T, std::size_t I> constexpr auto direction() {
  constexpr char name[]{'v', static_cast<char>('a' + I), '\0'};
  return tl::placeholder<tl::fixed_string(name), T, extent>{};
}
template <class F, class T, std::size_t... I> constexpr auto result(std::index_sequence<I...>) { return call<F>(operand<T, I>()...); }

}  // namespace detail

/// An op on vectors of dynamic extent, with its first and second derivatives, as sessions that are reused for all sizes.
///   first[i]   = dy * d value / d x_i
///   second[i]  = d (sum of v_k * first[k] over k) / d x_i
template <class F, class T, std::size_t Arity, bool Derivatives> class elementwise_program {
 public:
  using vector = std::vector<T>;
  using value_type = tl::element_of<decltype(detail::result<F, T>(std::make_index_sequence<Arity>{}))::type>;

  struct inputs {
    std::array<vector, Arity> x{};
    vector dy{};
    std::array<vector, Arity> v{};

    /// n elements, all the same.
    static inputs filled(std::size_t n, T value) {
      inputs in;
      in.x.fill(vector(n, value)), in.v.fill(vector(n, value)), in.dy = vector(n, value);
      return in;
    }
  };
  struct results {
    std::vector<value_type> value{};
    std::array<vector, Arity> first{}, second{};
  };

  template <class Backend> static results run(const inputs& in) {
    auto& session = session_on<Backend>();
    run(session, inputs::filled(in.x[0].size(), fed_vector<T>::poison));  // what the next run fails to write stays NaN
    return run(session, in);
  }
  /// The floating-point exceptions that a run raises, but for rounding and underflow.
  template <class Backend> static int raised(const inputs& in) {
    auto& session = session_on<Backend>();
    run(session, in);
    std::feclearexcept(FE_ALL_EXCEPT);
    run(session, in);
    return std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
  }

 private:
  static constexpr auto indices = std::make_index_sequence<Arity>{};

  template <std::size_t I> static constexpr auto operand() { return detail::operand<T, I>(); }
  template <std::size_t I> static constexpr auto direction() { return detail::direction<T, I>(); }
  static constexpr auto& dy = detail::upstream<T>;

  template <class Backend> static auto& session_on() {
    static auto session = session_of<Backend>(indices);
    return session;
  }
  template <class Backend, std::size_t... I> static auto session_of(std::index_sequence<I...>) {
    constexpr auto y = detail::result<F, T>(indices);
    if constexpr (Derivatives) {
      constexpr auto loss = tl::sum(dy * y);
      // 0 x changes no gradient, but lets the derivative exist where an op's own does not depend on x.
      constexpr auto slope = (tl::sum(direction<I>() * tl::derivative(loss, operand<I>()) + 0.0_c * operand<I>()) + ...);
      return tl::session<typename Backend::policy>(y, tl::derivative(loss, operand<I>())..., tl::derivative(slope, operand<I>())...);
    } else {
      return tl::session<typename Backend::policy>(y);
    }
  }

  template <class Session> static results run(Session& session, const inputs& in) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      results r;
      const std::array<fed_vector<T>, Arity> x{fed_vector<T>(in.x[I])...};
      const std::array views{x[I].view()...};
      if constexpr (Derivatives) {
        const fed_vector<T> weight(in.dy);
        const auto weight_view = weight.view();
        const std::array<fed_vector<T>, Arity> v{fed_vector<T>(in.v[I])...};
        const std::array directions{v[I].view()...};
        const auto out = session.run((operand<I>() = views[I])..., dy = weight_view, (direction<I>() = directions[I])...);
        copy(std::get<0>(out), r.value);
        (copy(std::get<1 + I>(out), r.first[I]), ...);
        (copy(std::get<1 + Arity + I>(out), r.second[I]), ...);
      } else {
        copy(std::get<0>(session.run((operand<I>() = views[I])...)), r.value);
      }
      return r;
    }(indices);
  }
  template <class View, class To> static void copy(const View& from, To& to) { to.assign(from.begin(), from.end()); }
};

/// How many operands F takes.
template <class F> constexpr std::size_t arity_of() {
  using x = tl::placeholder<"x", double, 1>;
  if constexpr (named_op<F>) return F::arity;
  else if constexpr (std::is_invocable_v<F, x>) return 1;
  else if constexpr (std::is_invocable_v<F, x, x>) return 2;
  else return 3;
}
template <class F, class T> using program_of = elementwise_program<F, T, arity_of<F>(), false>;
template <class F, class T> using program_of_derivatives = elementwise_program<F, T, arity_of<F>(), true>;

/// The first and second derivatives of F at points of `program_of`; every backend's are made of the same ops.
template <class F, class T, class Inputs> slopes<T> slopes_at(const Inputs& in) {
  constexpr auto arity = arity_of<F>();
  own_op<T> own;
  if constexpr (named_op<F>)
    own = {tl::id_of<F>()->hash, [](const T* x) {
             return [&]<std::size_t... I>(std::index_sequence<I...>) { return static_cast<T>(F::value(x[I]...)); }(std::make_index_sequence<arity>{});
           }};
  const auto build = [](std::span<const tl::ref> x) -> tl::ref {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return call<F>(x[I]...); }(std::make_index_sequence<arity>{});
  };
  return slopes_of(+build, {.x = {in.x.begin(), in.x.end()}, .v = {in.v.begin(), in.v.end()}, .dy = in.dy}, own);
}

}  // namespace checks
