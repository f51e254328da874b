#pragma once
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/expr/results.hpp>
#include <tapeless/run/choice.hpp>
#include <tapeless/run/feed.hpp>
#include <tapeless/run/unify.hpp>

#include <tuple>

namespace tapeless::inline TAPELESS_ABI::detail {

template <std::size_t I> consteval auto argument_name() {
  static_assert(I < 100, "tapeless: a function has at most a hundred arguments");
  const char name[]{'a', 'r', 'g', static_cast<char>('0' + I / 10), static_cast<char>('0' + I % 10), '\0'};
  return fixed_string<6>(name);
}

/// What is known of an argument from its C++ type: dtype, rank, and the extents of arrays of fixed size.
template <class A, std::size_t I> constexpr function_argument argument_of() {
  using traits = fed_array<A>;
  function_argument a{dtype_of<typename traits::element_type>, {}};
  if constexpr (requires { std::tuple_size<A>::value; } && !shaped<A>) {
    a.shape.push(dim(std::tuple_size_v<A>));
  } else if constexpr (std::is_array_v<A>) {
    a.shape = fixed_shape<A>();
  } else {
    constexpr int rank = traits::knows_shape ? traits::fixed_rank : 1;
    static_assert(rank >= 0, "tapeless: the number of axes of an argument must be known from its type");
    for (int axis = 0; axis < rank; ++axis) {
      const char name[]{'_', static_cast<char>('0' + I / 10), static_cast<char>('0' + I % 10), static_cast<char>('a' + axis), '\0'};
      a.shape.push(dim(symbol(name)));
    }
  }
  return a;
}

inline constexpr auto several_differentiated = "grad: the function must give one tensor, not several: tl::jacobian takes derivatives of several";

/// A tuple of one is the one.
template <class... T> constexpr auto unwrap(std::tuple<T...> t) {
  if constexpr (sizeof...(T) == 1) return std::get<0>(std::move(t));
  else return t;
}

enum class asked : std::uint8_t { value, gradient, value_and_gradient, vjp, jvp, hvp };
/// Whether as many arguments again, or one, say along what to differentiate.
constexpr bool has_tangents(asked what) { return what == asked::jvp || what == asked::hvp; }
constexpr std::size_t arguments_of_function(asked what, std::size_t given) { return has_tangents(what) ? given / 2 : what == asked::vjp ? given - 1 : given; }
constexpr bool needs_scalar(asked what) { return what != asked::value && what != asked::vjp && what != asked::jvp; }

ref& any_ref(std::size_t);
template <class Function, std::size_t... I> constexpr bool is_called_with(std::index_sequence<I...>) { return std::is_invocable_v<Function, decltype(any_ref(I))...>; }
/// The mistake of a function that does not take so many arguments.
template <class Function, std::size_t Count> constexpr text wrong_count() {
  text m;
  m << "call: the function does not take " << static_cast<int>(Count) << (Count == 1 ? " argument" : " arguments");
  constexpr int expected = []<std::size_t... N>(std::index_sequence<N...>) {
    int n = -1;
    (void)((is_called_with<Function>(std::make_index_sequence<N>()) ? (n = static_cast<int>(N), true) : false) || ...);
    return n;
  }(std::make_index_sequence<9>());
  if (expected >= 0) m << ", but " << expected;
  return m;
}

/// The placeholders that stand for the arguments, with the extents that the function makes equal named alike.
template <class Function, class... Args> struct function_arguments {
  template <std::size_t... I> static constexpr auto unify(std::index_sequence<I...>) {
    return unify_arguments<Function>(std::array{argument_of<Args, I>()...});
  }
  static constexpr auto shapes = unify(std::make_index_sequence<sizeof...(Args)>{});

  template <std::size_t I, std::size_t... Axis> static constexpr auto make(std::index_sequence<Axis...>) {
    using given = typename fed_array<std::tuple_element_t<I, std::tuple<Args...>>>::element_type;
    return placeholder<argument_name<I>(), given, shapes[I][static_cast<int>(Axis)]...>();
  }
  template <std::size_t I> using at = decltype(make<I>(std::make_index_sequence<static_cast<std::size_t>(shapes[I].rank)>{}));

  template <std::size_t... I> static auto call_of(std::index_sequence<I...>) -> call<Function, at<I>...>;
  using value = decltype(call_of(std::make_index_sequence<sizeof...(Args)>{}));
  /// The function may give several results, of which derivatives are not asked.
  using result = result_of<Function, Args...>;
  static constexpr bool several = tuple_like<result>;
  template <std::size_t... I> static auto parts(std::index_sequence<I...>) { return distinct_parts<Function, at<I>...>(); }
  template <std::size_t... I> static auto first_part(std::index_sequence<I...>) -> call_part<std::integral_constant<std::size_t, 0>, Function, at<I>...>;
  template <class Flat, std::size_t... I> static constexpr auto arranged(const Flat& flat, std::index_sequence<I...>) { return arrange_distinct<Function, at<I>...>(flat); }
  static constexpr bool scalars = (element<Args> && ...);
  using choice = choice_of<Function>;

  template <std::size_t... I> static constexpr text own_choice_check(std::index_sequence<I...>) {
    return choice::check(std::array<function_argument, sizeof...(Args)>{function_argument{at<I>::type, at<I>::shape}...});
  }
  /// The mistakes in the function's body, and in asking for its derivatives.
  template <asked What> static constexpr text check() {
    if constexpr (several) {
      text m = decltype(first_part(std::make_index_sequence<sizeof...(Args)>{}))::check();
      return m.empty() && What != asked::value ? several_differentiated : m;
    } else {
      return check_one<What>();
    }
  }

 private:
  template <asked What> static constexpr text check_one() {
    text m = value::check();
    if (m.empty() && needs_scalar(What) && (value::shape.rank != 0 || !is_floating(value::type))) {
      print_operand(m << "grad: the function must give a floating scalar, not", {value::type, value::shape});
      m << ": reduce it, for example with tl::sum or tl::mean";
    }
    if (m.empty()) m = own_choice_check(std::make_index_sequence<sizeof...(Args)>{});
    return m;
  }
};

/// Of a call of function_type: all arguments, those of the function first, then the vectors that products are taken with.
template <class Function, asked What, class... Args> struct call_arguments {
  static constexpr std::size_t count = arguments_of_function(What, sizeof...(Args));
  template <std::size_t... I> static auto of_function(std::index_sequence<I...>) -> function_arguments<Function, std::tuple_element_t<I, std::tuple<Args...>>...>;
  using own = decltype(of_function(std::make_index_sequence<count>{}));
  using value = typename own::value;
  using choice = choice_of<Function>;

  template <std::size_t I, class Like, std::size_t... Axis> static constexpr auto vector_like(std::index_sequence<Axis...>) {
    return placeholder<argument_name<I>(), element_of<Like::type>, Like::shape[static_cast<int>(Axis)]...>();
  }
  template <std::size_t I> static auto find() {
    if constexpr (I < count) return std::type_identity<typename own::template at<I>>();
    else if constexpr (What == asked::vjp) return std::type_identity<decltype(vector_like<I, value>(std::make_index_sequence<static_cast<std::size_t>(value::shape.rank)>{}))>();
    else return std::type_identity<decltype(vector_like<I, typename own::template at<I - count>>(std::make_index_sequence<static_cast<std::size_t>(own::template at<I - count>::shape.rank)>{}))>();
  }
  template <std::size_t I> using at = typename decltype(find<I>())::type;
  template <asked W> static constexpr text check() { return own::template check<W>(); }

  /// The results of a run, which are a flat tuple, in the form in which the function gives them.
  /// Whether results are given as they come: then they need not be copied.
  template <class Flat> static constexpr bool as_they_come = !(What == asked::value && own::several) && std::tuple_size_v<Flat> != 1;
  template <class Flat> static constexpr auto arranged(const Flat& flat) {
    if constexpr (What == asked::value && own::several) return own::arranged(flat, std::make_index_sequence<count>{});
    else return unwrap(flat);
  }
};

template <asked What, class Arguments, std::size_t... I> auto values_and_derivatives() {
  using choice = typename Arguments::choice;
  constexpr auto by = choice::indices(std::array<bool, sizeof...(I)>{is_floating(Arguments::template at<I>::type)...});
  const auto derivatives = [&]<std::size_t... N>(std::index_sequence<N...>) {
    return std::tuple<derivative<typename Arguments::value, typename Arguments::template at<by.of[N]>, typename choice::unused>...>();
  }(std::make_index_sequence<What != asked::value ? by.size : 0>{});
  if constexpr (What == asked::value) return std::tuple<typename Arguments::value>();
  else if constexpr (What == asked::gradient) return derivatives;
  else return std::tuple_cat(std::tuple<typename Arguments::value>(), derivatives);
}

template <asked What, class Arguments, std::size_t... I> auto fetches_of_one(std::index_sequence<I...>) {
  using value = typename Arguments::value;
  [[maybe_unused]] constexpr auto vector_of = []<std::size_t N>(std::integral_constant<std::size_t, N>) { return typename Arguments::template at<Arguments::count + N>(); };
  // J v is the sum over the floating arguments.
  [[maybe_unused]] constexpr auto moved = [=]<class Y>(Y y) {
    const auto along = [=]<std::size_t N>(std::integral_constant<std::size_t, N> n) {
      using X = typename Arguments::template at<N>;
      if constexpr (is_floating(X::type)) return std::tuple(jvp(y, X(), vector_of(n)));
      else return std::tuple();
    };
    return std::apply([](auto first, auto... rest) { return (first + ... + rest); }, std::tuple_cat(along(std::integral_constant<std::size_t, I>{})...));
  };
  if constexpr (What == asked::jvp) {
    return std::tuple(value(), moved(value()));
  } else if constexpr (What == asked::vjp) {
    return std::tuple_cat(std::tuple(value()), [&]<class X>(std::type_identity<X>) {
      if constexpr (is_floating(X::type)) return std::tuple(vjp(value(), X(), vector_of(std::integral_constant<std::size_t, 0>{})));
      else return std::tuple();
    }(std::type_identity<typename Arguments::template at<I>>{})...);
  } else if constexpr (What == asked::hvp) {
    return std::tuple_cat([&]<class X>(std::type_identity<X>) {
      if constexpr (is_floating(X::type)) return std::tuple(moved(derivative<value, X>()));
      else return std::tuple();
    }(std::type_identity<typename Arguments::template at<I>>{})...);
  } else {
    return values_and_derivatives<What, Arguments, I...>();
  }
}

/// The fetches that answer a call: the value, derivatives by the floating arguments, products with vectors.
template <asked What, class Arguments, std::size_t... I> auto fetches_of(std::index_sequence<I...>) {
  if constexpr (What == asked::value && Arguments::own::several) {
    return Arguments::own::parts(std::index_sequence<I...>{});
  } else {
    return fetches_of_one<What, Arguments>(std::index_sequence<I...>{});
  }
}

}  // namespace tapeless::detail
