#pragma once
#include "quad.hpp"

#include <tapeless/ops/ops.hpp>

#include <array>
#include <string_view>
#include <unordered_map>

namespace checks {

namespace tl = tapeless;

/// An elementwise op on numbers of one type; conditions are 0 and 1.
template <class N> using element_function = N (*)(const N*);

namespace detail {

/// The element functions that the backends are made of.
template <class Op, class N> N element_of_op(const N* x) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    if constexpr (std::is_same_v<Op, tl::where_op>) return Op::value(x[0] != 0, x[1], x[2]);
    else if constexpr (std::string_view(Op::name).starts_with("logical"))
      return static_cast<N>(Op::value((x[I] != 0)...));
    else return static_cast<N>(Op::value(x[I]...));
  }(std::make_index_sequence<static_cast<std::size_t>(Op::arity)>{});
}

template <class... Op> struct op_list {
  template <class N> static auto functions() {
    return std::unordered_map<std::uint64_t, element_function<N>>{{tl::info_of<Op>.hash, &element_of_op<Op, N>}...};
  }
  template <class Visit> static void each(Visit visit) { (visit(tl::id_of<Op>()), ...); }
};

}  // namespace detail

using elementwise_ops = detail::op_list<
    tl::sign_op, tl::abs_op, tl::add_op, tl::negate_op, tl::subtract_op, tl::multiply_op, tl::divide_op, tl::cast_op<float>, tl::cast_op<double>,
    tl::cast_op<std::int32_t>, tl::cast_op<std::int64_t>, tl::cast_op<bool>, tl::less_op, tl::less_equal_op, tl::greater_op, tl::greater_equal_op, tl::equal_op,
    tl::not_equal_op, tl::erf_op, tl::erfc_op, tl::exp_op, tl::exp2_op, tl::expm1_op, tl::minimum_op, tl::maximum_op, tl::clip_op, tl::sinh_op, tl::cosh_op,
    tl::tanh_op, tl::log_op, tl::log1p_op, tl::log2_op, tl::xlogy_op, tl::logical_and_op, tl::logical_or_op, tl::logical_xor_op, tl::logical_not_op, tl::mod_op,
    tl::pow_op, tl::relu_op, tl::square_op, tl::sqrt_op, tl::rsqrt_op, tl::reciprocal_op, tl::floor_op, tl::ceil_op, tl::round_op, tl::trunc_op, tl::sigmoid_op, tl::sigmoid_slope_op, tl::tanh_slope_op,
    tl::softplus_op, tl::sin_op, tl::cos_op, tl::tan_op, tl::asin_op, tl::acos_op, tl::atan_op, tl::atan2_op, tl::hypot_op, tl::cbrt_op, tl::inverse_power_op<2>, tl::inverse_power_op<5>, tl::inverse_power_op<6>, tl::inverse_power_op<7>, tl::where_op>;

/// What the ops mean, in 113 bits, by their names.
inline const std::unordered_map<std::string_view, element_function<quad>>& exact_functions() {
  using q = const quad*;
  static const std::unordered_map<std::string_view, element_function<quad>> functions{
      {"sign", [](q x) -> quad { return x[0] > 0 ? 1 : x[0] < 0 ? -1 : x[0]; }},
      {"abs", [](q x) -> quad { return magnitude(x[0]); }},
      {"add", [](q x) -> quad { return x[0] + x[1]; }},
      {"neg", [](q x) -> quad { return -x[0]; }},
      {"sub", [](q x) -> quad { return x[0] - x[1]; }},
      {"mul", [](q x) -> quad { return x[0] * x[1]; }},
      {"div", [](q x) -> quad { return x[0] / x[1]; }},
      {"cast_float", [](q x) -> quad { return x[0]; }},
      {"cast_double", [](q x) -> quad { return x[0]; }},
      {"less", [](q x) -> quad { return x[0] < x[1]; }},
      {"less_equal", [](q x) -> quad { return x[0] <= x[1]; }},
      {"greater", [](q x) -> quad { return x[0] > x[1]; }},
      {"greater_equal", [](q x) -> quad { return x[0] >= x[1]; }},
      {"equal", [](q x) -> quad { return x[0] == x[1]; }},
      {"not_equal", [](q x) -> quad { return x[0] != x[1]; }},
      {"erf", [](q x) -> quad { return erf(x[0]); }},
      {"erfc", [](q x) -> quad { return erfc(x[0]); }},
      {"exp", [](q x) -> quad { return exp(x[0]); }},
      {"exp2", [](q x) -> quad { return exp2(x[0]); }},
      {"expm1", [](q x) -> quad { return expm1(x[0]); }},
      {"minimum", [](q x) -> quad { return x[0] < x[1] ? x[0] : x[1]; }},
      {"maximum", [](q x) -> quad { return x[0] > x[1] ? x[0] : x[1]; }},
      {"clip", [](q x) -> quad { return x[0] > x[2] ? x[2] : x[0] < x[1] ? (x[1] < x[2] ? x[1] : x[2]) : x[0]; }},
      {"sinh", [](q x) -> quad { return sinh(x[0]); }},
      {"cosh", [](q x) -> quad { return cosh(x[0]); }},
      {"tanh", [](q x) -> quad { return tanh(x[0]); }},
      {"log", [](q x) -> quad { return log(x[0]); }},
      {"log1p", [](q x) -> quad { return log1p(x[0]); }},
      {"log2", [](q x) -> quad { return log2(x[0]); }},
      {"xlogy", [](q x) -> quad { return x[0] == 0 ? 0 : x[0] * log(x[1]); }},
      {"logical_and", [](q x) -> quad { return x[0] != 0 && x[1] != 0; }},
      {"logical_or", [](q x) -> quad { return x[0] != 0 || x[1] != 0; }},
      {"logical_xor", [](q x) -> quad { return (x[0] != 0) != (x[1] != 0); }},
      {"logical_not", [](q x) -> quad { return x[0] == 0; }},
      {"mod", [](q x) -> quad { return x[0] - x[1] * floor(x[0] / x[1]); }},
      {"pow", [](q x) -> quad { return pow(x[0], x[1]); }},
      {"relu", [](q x) -> quad { return x[0] > 0 ? x[0] : 0; }},
      {"square", [](q x) -> quad { return x[0] * x[0]; }},
      {"sqrt", [](q x) -> quad { return sqrt(x[0]); }},
      {"rsqrt", [](q x) -> quad { return 1 / sqrt(x[0]); }},
      {"reciprocal", [](q x) -> quad { return 1 / x[0]; }},
      {"floor", [](q x) -> quad { return floor(x[0]); }},
      {"ceil", [](q x) -> quad { return ceil(x[0]); }},
      {"round", [](q x) -> quad { return nearbyint(x[0]); }},
      {"trunc", [](q x) -> quad { return trunc(x[0]); }},
      {"sigmoid", [](q x) -> quad { return 1 / (1 + exp(-x[0])); }},
      {"sigmoid_slope", [](q x) -> quad { return 1 / ((1 + exp(x[0])) * (1 + exp(-x[0]))); }},
      {"tanh_slope", [](q x) -> quad { return 1 / (cosh(x[0]) * cosh(x[0])); }},
      {"softplus", [](q x) -> quad { return x[0] > 0 ? x[0] + log1p(exp(-x[0])) : log1p(exp(x[0])); }},
      {"sin", [](q x) -> quad { return sin(x[0]); }},
      {"cos", [](q x) -> quad { return cos(x[0]); }},
      {"tan", [](q x) -> quad { return tan(x[0]); }},
      {"asin", [](q x) -> quad { return asin(x[0]); }},
      {"acos", [](q x) -> quad { return acos(x[0]); }},
      {"atan", [](q x) -> quad { return atan(x[0]); }},
      {"atan2", [](q x) -> quad { return atan2(x[0], x[1]); }},
      {"hypot", [](q x) -> quad { return sqrt(x[0] * x[0] + x[1] * x[1]); }},
      {"cbrt", [](q x) -> quad { return x[0] < 0 ? -pow(-x[0], static_cast<quad>(1) / 3) : pow(x[0], static_cast<quad>(1) / 3); }},
      {"inverse_power_2", [](q x) -> quad { return 1 / (x[0] * x[0]); }},
      {"where", [](q x) -> quad { return x[0] != 0 ? x[1] : x[2]; }},
  };
  return functions;
}

/// The element function of an op by its name and hash; null where there is none.
template <class N> element_function<N> element_function_of(const tl::op_info& op) {
  if constexpr (std::is_same_v<N, quad>) {
    const auto found = exact_functions().find(op.name);
    return found == exact_functions().end() ? nullptr : found->second;
  } else {
    static const auto functions = elementwise_ops::functions<N>();
    const auto found = functions.find(op.hash);
    return found == functions.end() ? nullptr : found->second;
  }
}

}  // namespace checks
