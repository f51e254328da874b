#pragma once
#include <tapeless/core/fixed_string.hpp>
#include <tapeless/expr/expression.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

template <class T> constexpr void add_axis(shape& s, const T& extent) {
  if constexpr (!std::same_as<T, initializer>) s.push(dim(extent));
}
template <auto... Dims> constexpr shape shape_from() {
  shape s;
  (add_axis(s, Dims), ...);
  return s;
}
template <class T> constexpr void set_start(initializer& start, const T& argument) {
  if constexpr (std::same_as<T, initializer>) start = argument;
}
template <auto... Dims> constexpr initializer initializer_from() {
  initializer start;
  (set_start(start, Dims), ...);
  return start;
}
/// What is wrong with the extents of a placeholder or variable.
template <leaf_kind Kind, fixed_string Name, class T, auto... Dims> constexpr text mistaken_extents() {
  constexpr shape s = shape_from<Dims...>();
  const char* problem = Kind == leaf_kind::variable && !s.is_static() ? "its extents are static, since its memory outlives any one run" : nullptr;
  for (int i = 0; i < s.rank; ++i)
    if (s[i].is_static() && s[i].constant < 0) problem = "an extent is negative";
  text m;
  if (problem == nullptr) return m;
  s.print(m << (Kind == leaf_kind::variable ? "variable" : "placeholder") << " \"" << Name.view() << "\" ");
  return m << " " << to_string(dtype_of<T>) << ": " << problem;
}

}  // namespace detail

/// What `x = data` makes: a placeholder or fed scalar with the value of this run.
template <class Placeholder, class Data> struct feed {
  using placeholder = Placeholder;
  using data_type = Data;
  const Data& data;
};

/// A tensor that is fed at each run.
///   shape     the extents, which may be named and dynamic: `placeholder<"x", float, "N"_d, 784>`; none: a fed scalar
///   dtype     T: float, double, int32, int64 or bool
///   feeding   `session.run(x = data)`
template <fixed_string Name, element T, auto... Dims> struct placeholder : expression_base {
  constexpr placeholder() { verify<&detail::mistaken_extents<leaf_kind::placeholder, Name, T, Dims...>>(); }

  static constexpr tapeless::shape shape = detail::shape_from<Dims...>();
  static constexpr dtype type = dtype_of<T>;
  static constexpr bool weak = false;
  static constexpr std::string_view name = Name.view();
  static constexpr std::uint64_t hash = hash_combine(hash_combine(hash_of("placeholder"), hash_of(name)), detail::hash_of_shape(shape) * 8 + static_cast<std::uint64_t>(type));
  using element_type = T;

  static constexpr ref trace(builder& b) { return add_leaf(b, {leaf_kind::placeholder, name, type, shape, {}, false}); }
  static constexpr void describe(text& out, int) { out << name; }

  template <class Data> constexpr feed<placeholder, Data> operator=(const Data& data) const { return {data}; }
};

/// A tensor that keeps its value from run to run.
///   shape     static extents
///   dtype     T
///   start     the last argument may be an initializer: `variable<"w", float, 784, 100, tl::uniform(-1, 1)>`; else zeros
template <fixed_string Name, element T, auto... Dims> struct variable : expression_base {
  constexpr variable() { verify<&detail::mistaken_extents<leaf_kind::variable, Name, T, Dims...>>(); }

  static constexpr tapeless::shape shape = detail::shape_from<Dims...>();
  static constexpr dtype type = dtype_of<T>;
  static constexpr bool weak = false;
  static constexpr std::string_view name = Name.view();
  static constexpr std::uint64_t hash = hash_combine(hash_combine(hash_of("variable"), hash_of(name)), detail::hash_of_shape(shape) * 8 + static_cast<std::uint64_t>(type));
  using element_type = T;

  static constexpr ref trace(builder& b) {
    return add_leaf(b, {leaf_kind::variable, name, type, shape, detail::initializer_from<Dims...>(), is_floating(type)});
  }
  static constexpr void describe(text& out, int) { out << name; }
  template <class Data> void operator=(const Data&) const = delete;  // tapeless: a variable is not fed: write to session[w], or make it a placeholder
};

template <class E>
concept variable_expression = expression<E> && requires { E::name; } && !requires(E e, int i) { e = i; };

}  // namespace tapeless
