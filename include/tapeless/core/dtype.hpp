#pragma once
#include <tapeless/core/abi.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>

namespace tapeless::inline TAPELESS_ABI {

/// The element types of tensors.
enum class dtype : std::uint8_t { f32, f64, i32, i64, boolean };

constexpr std::string_view to_string(dtype t) {
  constexpr std::string_view names[]{"float", "double", "int32", "int64", "bool"};
  return names[static_cast<int>(t)];
}

/// Bytes of one element.
constexpr std::int64_t size_of(dtype t) {
  constexpr std::int64_t sizes[]{4, 8, 4, 8, 1};
  return sizes[static_cast<int>(t)];
}

constexpr bool is_floating(dtype t) { return t == dtype::f32 || t == dtype::f64; }
constexpr bool is_integer(dtype t) { return t == dtype::i32 || t == dtype::i64; }

template <class T>
concept element = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int32_t> ||
                  std::same_as<T, std::int64_t> || std::same_as<T, bool>;

namespace detail {
template <class T> struct dtype_value;
template <> struct dtype_value<float> { static constexpr auto value = dtype::f32; };
template <> struct dtype_value<double> { static constexpr auto value = dtype::f64; };
template <> struct dtype_value<std::int32_t> { static constexpr auto value = dtype::i32; };
template <> struct dtype_value<std::int64_t> { static constexpr auto value = dtype::i64; };
template <> struct dtype_value<bool> { static constexpr auto value = dtype::boolean; };

template <dtype> struct element_type;
template <> struct element_type<dtype::f32> { using type = float; };
template <> struct element_type<dtype::f64> { using type = double; };
template <> struct element_type<dtype::i32> { using type = std::int32_t; };
template <> struct element_type<dtype::i64> { using type = std::int64_t; };
template <> struct element_type<dtype::boolean> { using type = bool; };
}  // namespace detail

template <element T> inline constexpr dtype dtype_of = detail::dtype_value<T>::value;
template <dtype D> using element_of = typename detail::element_type<D>::type;

}  // namespace tapeless
