#pragma once
#include <tapeless/core/narrow.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>

namespace tapeless::inline TAPELESS_ABI {

/// The element types of tensors.
enum class dtype : std::uint8_t { f32, f64, i32, i64, boolean, bf16, f16 };

constexpr std::string_view to_string(dtype t) {
  constexpr std::string_view names[]{"float", "double", "int32", "int64", "bool", "bfloat16", "float16"};
  return names[static_cast<int>(t)];
}

/// Bytes of one element.
constexpr std::int64_t size_of(dtype t) {
  constexpr std::int64_t sizes[]{4, 8, 4, 8, 1, 2, 2};
  return sizes[static_cast<int>(t)];
}

constexpr bool is_floating(dtype t) { return t == dtype::f32 || t == dtype::f64; }
/// Stored and moved only: arithmetic is of floats, to which it is cast, and so are derivatives.
constexpr bool is_narrow(dtype t) { return t == dtype::bf16 || t == dtype::f16; }
/// Whether derivatives flow through tensors of a dtype; that of such derivatives.
constexpr bool is_differentiable(dtype t) { return is_floating(t) || is_narrow(t); }
constexpr dtype derivative_type(dtype t) { return is_narrow(t) ? dtype::f32 : t; }
constexpr bool is_integer(dtype t) { return t == dtype::i32 || t == dtype::i64; }

template <class T>
concept element = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int32_t> ||
                  std::same_as<T, std::int64_t> || std::same_as<T, bool> || narrow<T>;

namespace detail {
template <class T> struct dtype_value;
template <> struct dtype_value<float> { static constexpr auto value = dtype::f32; };
template <> struct dtype_value<double> { static constexpr auto value = dtype::f64; };
template <> struct dtype_value<std::int32_t> { static constexpr auto value = dtype::i32; };
template <> struct dtype_value<std::int64_t> { static constexpr auto value = dtype::i64; };
template <> struct dtype_value<bool> { static constexpr auto value = dtype::boolean; };
template <> struct dtype_value<bfloat16> { static constexpr auto value = dtype::bf16; };
template <> struct dtype_value<float16> { static constexpr auto value = dtype::f16; };

template <dtype> struct element_type;
template <> struct element_type<dtype::f32> { using type = float; };
template <> struct element_type<dtype::f64> { using type = double; };
template <> struct element_type<dtype::i32> { using type = std::int32_t; };
template <> struct element_type<dtype::i64> { using type = std::int64_t; };
template <> struct element_type<dtype::boolean> { using type = bool; };
template <> struct element_type<dtype::bf16> { using type = bfloat16; };
template <> struct element_type<dtype::f16> { using type = float16; };
}  // namespace detail

template <element T> inline constexpr dtype dtype_of = detail::dtype_value<T>::value;
template <dtype D> using element_of = typename detail::element_type<D>::type;

}  // namespace tapeless
