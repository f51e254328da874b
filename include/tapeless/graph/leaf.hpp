#pragma once
#include <tapeless/graph/op.hpp>

namespace tapeless::inline TAPELESS_ABI {

enum class leaf_kind : std::uint8_t {
  placeholder,
  variable,
  argument,  ///< stands for an operand while a function's signature is traced
  extent,    ///< the number of elements in a shape with dynamic dims, known once a run is fed
  bound,     ///< what a loop gives its body at each step: a carried value or an element of a sequence
  cotangent, ///< what forward mode is linear in; gone when the graph is simplified
  random,    ///< the state of the session's random stream: seed and number of the run
};

enum class initializer_kind : std::uint8_t {
  zeros, constant, uniform, normal, truncated_normal, glorot_uniform, glorot_normal, he_uniform, he_normal
};

/// How a variable begins; the last argument of `variable`. The numbers are kept as bits because clang 16 takes no
/// floating-point template arguments.
struct initializer {
  initializer_kind kind = initializer_kind::zeros;
  std::uint64_t a = 0, b = 0;
  friend constexpr bool operator==(const initializer&, const initializer&) = default;
};

inline constexpr initializer zeros{};
constexpr initializer constant_value(double v) { return {initializer_kind::constant, std::bit_cast<std::uint64_t>(v), 0}; }
inline constexpr initializer ones = constant_value(1);
/// U[low, high)
constexpr initializer uniform(double low, double high) {
  return {initializer_kind::uniform, std::bit_cast<std::uint64_t>(low), std::bit_cast<std::uint64_t>(high)};
}
constexpr initializer normal(double mean, double deviation) {
  return {initializer_kind::normal, std::bit_cast<std::uint64_t>(mean), std::bit_cast<std::uint64_t>(deviation)};
}
/// normal, drawn again beyond two deviations
constexpr initializer truncated_normal(double mean, double deviation) {
  return {initializer_kind::truncated_normal, std::bit_cast<std::uint64_t>(mean), std::bit_cast<std::uint64_t>(deviation)};
}
/// U(-r, r), r = sqrt(6 / (fan_in + fan_out)): Glorot & Bengio 2010. The fans are the last two extents.
inline constexpr initializer glorot_uniform{initializer_kind::glorot_uniform};
inline constexpr initializer glorot_normal{initializer_kind::glorot_normal};
/// U(-r, r), r = sqrt(6 / fan_in): He et al. 2015.
inline constexpr initializer he_uniform{initializer_kind::he_uniform};
inline constexpr initializer he_normal{initializer_kind::he_normal};

/// What names a placeholder or variable in a graph.
struct leaf_description {
  leaf_kind kind = leaf_kind::placeholder;
  std::string_view name{};
  dtype type = dtype::f32;
  tapeless::shape shape{};
  initializer start{};
  bool trainable = false;
};

/// The parent of all ops that a graph holds without computing them.
struct leaf_op {
  static constexpr auto name = "leaf";
  static constexpr op_kind kind = op_kind::leaf;
  static constexpr inferred infer(operands, const attributes&) { return {}; }
};
/// A rank-0 number: attributes.bits; attributes.a == 1 while its dtype still follows its neighbours.
struct constant_op {
  static constexpr auto name = "constant";
  static constexpr op_kind kind = op_kind::constant;
  static constexpr inferred infer(operands, const attributes&) { return {}; }
};

}  // namespace tapeless
