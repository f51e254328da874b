#pragma once
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/run/session.hpp>
#include <tapeless/run/unify.hpp>

namespace tapeless::inline TAPELESS_ABI {

struct simd;
/// Defined by the reference backend: a program of numbers, computed in a constant expression.
template <class Program, class... Args> constexpr auto reference_evaluate(const Args&... args);

/// A row-major array that owns its elements: what functions return when nobody keeps the function.
template <class T, std::size_t Rank> class array {
 public:
  array() = default;
  explicit array(const array_view<const T, Rank>& v) : extents_(v.shape()), elements_(v.begin(), v.end()) {}

  static constexpr std::size_t rank = Rank;
  T* data() { return elements_.data(); }
  const T* data() const { return elements_.data(); }
  const std::array<std::int64_t, Rank>& shape() const { return extents_; }
  std::size_t dimension() const { return Rank; }
  std::int64_t size() const { return static_cast<std::int64_t>(elements_.size()); }
  auto begin() const { return elements_.begin(); }
  auto end() const { return elements_.end(); }
  template <std::integral... I> requires(sizeof...(I) == Rank) const T& operator()(I... i) const { return array_view<const T, Rank>{data(), extents_}(i...); }
  template <std::integral I> requires(Rank == 1) const T& operator[](I i) const { return elements_[static_cast<std::size_t>(i)]; }

 private:
  std::array<std::int64_t, Rank> extents_{};
  std::vector<T> elements_;
};

namespace detail {

template <class T> constexpr const T& owned(const T& x) { return x; }
template <class T, std::size_t Rank> array<T, Rank> owned(const array_view<const T, Rank>& v) { return array<T, Rank>(v); }

/// A tuple of one is the one.
template <class... T> constexpr auto unwrap(std::tuple<T...> t) {
  if constexpr (sizeof...(T) == 1) return std::get<0>(std::move(t));
  else return t;
}

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

enum class asked : std::uint8_t { value, gradient, value_and_gradient };

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
  static constexpr bool scalars = (element<Args> && ...);

  /// The mistakes in the function's body, and in asking for its derivatives.
  template <asked What> static constexpr text check() {
    text m = value::check();
    if (m.empty() && What != asked::value && (value::shape.rank != 0 || !is_floating(value::type))) {
      print_operand(m << "grad: the function must give a floating scalar, not", {value::type, value::shape});
      m << ": reduce it, for example with tl::sum or tl::mean";
    }
    return m;
  }
};

/// What was asked of a function, while another function is traced that calls it.
template <class Function, asked What> struct traced_function {
  /// A handle, or a tuple of them: the value, then the derivative by each argument.
  template <class... Args> constexpr auto operator()(Args... args) const {
    builder* owner = nullptr;
    ((owner = owner != nullptr ? owner : owner_of(args)), ...);
    const auto x = std::array{as_ref(*owner, args)...};
    const ref y = std::apply([](auto... handles) { return invoke(Function{}, handles...); }, x);
    if constexpr (What == asked::value) {
      return y;
    } else {
      if (y.shape().rank != 0 || !is_floating(y.type())) {
        text m;
        print_operand(m << "grad: the function must give a floating scalar, not", {y.type(), y.shape()});
        fail(*owner, m << ": reduce it, for example with tl::sum or tl::mean");
      }
      const auto derivative_by = [&](ref by) { return owner->mistake.empty() && is_floating(by.type()) ? add_derivative(*owner, y, by) : by; };
      return std::apply([&](auto... by) {
        if constexpr (What == asked::gradient) return unwrap(std::tuple(derivative_by(by)...));
        else return std::tuple(y, derivative_by(by)...);
      }, x);
    }
  }
};

/// The fetches that answer a call: the value, the derivatives by the floating arguments, or both.
template <asked What, class Arguments, std::size_t... I> auto fetches_of(std::index_sequence<I...>) {
  const auto derivatives = std::tuple_cat([]<class X>(std::type_identity<X>) {
    if constexpr (What != asked::value && is_floating(X::type)) return std::tuple<derivative<typename Arguments::value, X>>();
    else return std::tuple<>();
  }(std::type_identity<typename Arguments::template at<I>>{})...);
  if constexpr (What == asked::value) return std::tuple<typename Arguments::value>();
  else if constexpr (What == asked::gradient) return derivatives;
  else return std::tuple_cat(std::tuple<typename Arguments::value>(), derivatives);
}
template <class Tuple> struct program_of;
template <class... F> struct program_of<std::tuple<F...>> {
  using program = tapeless::program<F...>;
  template <class Backend> using session = session_type<Backend, F...>;
};

/// A function of numbers: everything is known at compile time and lives on the stack.
template <class Backend, class Program, class... Args> auto run_on_numbers(const Args&... args) {
  typename Backend::template executor<Program> executor;
  executor.bind({});
  // Leaves are named after the arguments; simplification may have dropped some or changed their order.
  constexpr auto argument_of_leaf = [] {
    std::array<std::size_t, Program::graph.leaves.size() + 1> index{};
    for (std::size_t i = 0; i < Program::graph.leaves.size(); ++i) {
      const auto name = Program::graph.name_of(Program::graph.leaves[i]);
      index[i] = static_cast<std::size_t>((name[3] - '0') * 10 + (name[4] - '0'));
    }
    return index;
  }();
  const auto given = std::tie(args...);
  [&]<std::size_t... Leaf>(std::index_sequence<Leaf...>) {
    (executor.set_leaf(static_cast<int>(Leaf), const_cast<void*>(static_cast<const void*>(&std::get<argument_of_leaf[Leaf]>(given)))), ...);
  }(std::make_index_sequence<Program::graph.leaves.size()>{});
  executor.run();
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::tuple(*static_cast<const element_of<Program::graph[Program::graph.outputs[I]].type>*>(executor.output(static_cast<int>(I)))...);
  }(std::make_index_sequence<Program::graph.outputs.size()>{});
}

}  // namespace detail

/// A function compiled for what was asked of it: its value, its gradient, or both. Made by jit, grad and value_and_grad.
///   arguments   numbers, or arrays whose rank is known from their type: std::vector and std::span (rank 1), std::array and C
///               arrays (fixed extents), xtensor containers, tl::view; each combination of types is compiled once
///   result      numbers for scalars; for arrays a view that is valid until the next call, or, from a temporary function
///               object, an array of its own; a tuple where there are several
///   constants   a call with numbers is a constant expression where the traced graph has at most 128 nodes
///   errors      extents that the function combines must agree: feed_error
template <class Function, detail::asked What, class Backend> class function_type {
 public:
  template <class... Args> requires(detail::feedable<Args> && ...) constexpr auto operator()(const Args&... args) & {
    return call<false, verify<check<Args...>>()>(args...);
  }
  template <class... Args> requires(detail::feedable<Args> && ...) constexpr auto operator()(const Args&... args) && {
    return call<true, verify<check<Args...>>()>(args...);
  }
  template <class... Args> requires((element<Args> && ...)) constexpr auto operator()(const Args&... args) const& {
    return call_numbers<verify<check<Args...>>()>(args...);
  }
  /// In a function that is itself traced, on its handles: so derivatives of derivatives are `tl::grad(tl::grad(f))`, and what
  /// is asked of a function may stand anywhere inside another. Derivatives are by all arguments.
  template <class... Args> requires((traced<Args> || ...)) constexpr auto operator()(Args... args) const { return detail::traced_function<Function, What>{}(args...); }

 private:
  template <class... Args> using arguments = detail::function_arguments<Function, Args...>;
  template <class... Args> static constexpr auto check = &arguments<Args...>::template check<What>;
  template <class... Args> struct fetched { using type = decltype(detail::fetches_of<What, arguments<Args...>>(std::index_sequence_for<Args...>{})); };
  template <class... Args> using fetches = typename fetched<Args...>::type;

  static constexpr int most_nodes_in_constants = 128;

  // Valid is the outcome of verify, which stands in the call operators: each function on the way from there would lengthen
  // the message.
  template <bool Valid, class... Args> static constexpr auto call_numbers(const Args&... args) {
    if constexpr (Valid) {
      using program = typename detail::program_of<fetches<Args...>>::program;
      // Each node of a constant expression's evaluation is a template of its own; for long functions that costs seconds.
      if constexpr (program::traced.size() <= most_nodes_in_constants)
        if (std::is_constant_evaluated()) return detail::unwrap(reference_evaluate<program>(args...));
      return detail::unwrap(detail::run_on_numbers<Backend, program>(args...));
    } else {
      return 0.0;  // so that what takes the result is no second error
    }
  }
  template <bool Owned, bool Valid, class... Args> constexpr auto call(const Args&... args) {
    if constexpr ((element<Args> && ...)) {
      return call_numbers<Valid>(args...);
    } else if constexpr (Valid) {
      using session = typename detail::program_of<fetches<Args...>>::template session<Backend>;
      auto& s = sessions_.template get<session>();
      const auto fed = std::tie(args...);
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        auto results = s.run((typename arguments<Args...>::template at<I>{} = std::get<I>(fed))...);
        if constexpr (Owned) return detail::unwrap(std::apply([](const auto&... r) { return std::tuple(detail::owned(r)...); }, results));
        else return detail::unwrap(results);
      }(std::index_sequence_for<Args...>{});
    } else {
      return 0.0;
    }
  }

  detail::once sessions_;
};

namespace detail {
template <bool Stateless, class Function, asked What, class Backend> constexpr auto function_of() {
  if constexpr (Stateless) return function_type<Function, What, Backend>();
  else return refused_function();
}
}  // namespace detail

namespace detail {
/// As what a function takes part in the trace of another: itself, or what was asked of it.
template <class Function> struct tracing { using type = Function; };
template <class Function, asked What, class Backend> struct tracing<function_type<Function, What, Backend>> { using type = traced_function<Function, What>; };
template <class Function> using tracing_t = typename tracing<Function>::type;
}  // namespace detail

/// f compiled: `auto g = tl::jit([](auto x, auto y) { return tl::sum(tl::sin(x) * y); }); g(xs, ys)`.
template <class Backend = simd, class Function> constexpr auto jit(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::value, Backend>();
}
/// The derivatives of a scalar function by its floating arguments: a function of the same arguments.
template <class Backend = simd, class Function> constexpr auto grad(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::gradient, Backend>();
}
/// The value and the derivatives.
template <class Backend = simd, class Function> constexpr auto value_and_grad(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::value_and_gradient, Backend>();
}

/// Computes one expression once: `auto y = tl::evaluate(expression, x = xs)`. A session is the way to do it again.
template <class Backend = simd, expression E, class... Feeds> auto evaluate(E, Feeds... feeds) {
  if constexpr (!E::sound) {
    return 0.0;
  } else if constexpr (verify<&first_trace<E>::check>() && verify<&detail::check_feeds<program<E>, Feeds...>>()) {
    session_type<Backend, E> s;
    s.initialize(0);
    return detail::owned(std::get<0>(s.run(feeds...)));
  } else {
    return 0.0;
  }
}

}  // namespace tapeless
