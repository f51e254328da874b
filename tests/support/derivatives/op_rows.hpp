#pragma once
#include <tapeless/ops/ops.hpp>

#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace checks {

namespace tl = tapeless;
using namespace tl::literals;

/// An operand of an op under test. Of its shape, a letter is an extent that is drawn, the same for each place where the
/// letter stands, and a digit one that is fixed; "*": any shape that broadcasts with the others, of up to four axes.
struct operand_row {
  std::string_view shape = "*";
  double from = -2, to = 2;
  bool whole = false;  ///< whole numbers, by which nothing is differentiated
};

/// An op, or what is composed of some, with operands for which it has three derivatives.
template <class F, std::size_t Operands> struct op_row {
  std::string_view name;
  F f;
  std::array<operand_row, Operands> operands;

  static constexpr std::size_t count = Operands;
  /// Adds the op to a graph.
  static tl::ref build(std::span<const tl::ref> x) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return F{}(x[I]...); }(std::make_index_sequence<Operands>{});
  }
};
template <class F, std::same_as<operand_row>... X> constexpr auto row(std::string_view name, F f, X... x) {
  return op_row<F, sizeof...(X)>{name, f, {x...}};
}

namespace detail {

template <std::size_t I, class Row> struct numbered_row {
  Row row;
};
template <class Numbers, class... Rows> struct numbered_rows;
template <std::size_t... I, class... Rows> struct numbered_rows<std::index_sequence<I...>, Rows...> : numbered_row<I, Rows>... {};

}  // namespace detail

/// Rows of different types. Compilers take seconds over a std::tuple of as many.
template <class... Rows> struct row_list : detail::numbered_rows<std::index_sequence_for<Rows...>, Rows...> {
  constexpr explicit row_list(Rows... r) : detail::numbered_rows<std::index_sequence_for<Rows...>, Rows...>{{r}...} {}
};
template <std::size_t I, class Row> constexpr const Row& row_at(const detail::numbered_row<I, Row>& r) { return r.row; }

/// One row for each elementwise op; ranges keep away from poles by more than the steps of the differences.
inline constexpr row_list elementwise_rows{
    row("sign", [](auto x) { return tl::sign(x); }, operand_row{}),
    row("abs", [](auto x) { return tl::abs(x); }, operand_row{}),
    row("neg", [](auto x) { return -x; }, operand_row{}),
    row("erf", [](auto x) { return tl::erf(x); }, operand_row{"*", -3, 3}),
    row("erfc", [](auto x) { return tl::erfc(x); }, operand_row{"*", -3, 5}),
    row("exp", [](auto x) { return tl::exp(x); }, operand_row{"*", -5, 5}),
    row("exp2", [](auto x) { return tl::exp2(x); }, operand_row{"*", -5, 5}),
    row("expm1", [](auto x) { return tl::expm1(x); }, operand_row{"*", -4, 4}),
    row("sinh", [](auto x) { return tl::sinh(x); }, operand_row{"*", -4, 4}),
    row("cosh", [](auto x) { return tl::cosh(x); }, operand_row{"*", -4, 4}),
    row("tanh", [](auto x) { return tl::tanh(x); }, operand_row{"*", -9, 9}),
    row("log", [](auto x) { return tl::log(x); }, operand_row{"*", 0.1, 9}),
    row("log1p", [](auto x) { return tl::log1p(x); }, operand_row{"*", -0.8, 6}),
    row("log2", [](auto x) { return tl::log2(x); }, operand_row{"*", 0.1, 9}),
    row("relu", [](auto x) { return tl::relu(x); }, operand_row{}),
    row("square", [](auto x) { return tl::square(x); }, operand_row{}),
    row("sqrt", [](auto x) { return tl::sqrt(x); }, operand_row{"*", 0.1, 9}),
    row("rsqrt", [](auto x) { return tl::rsqrt(x); }, operand_row{"*", 0.2, 9}),
    row("reciprocal", [](auto x) { return tl::reciprocal(x); }, operand_row{"*", 0.3, 4}),
    row("floor", [](auto x) { return tl::floor(x); }, operand_row{"*", -3.5, 3.5}),
    row("ceil", [](auto x) { return tl::ceil(x); }, operand_row{"*", -3.5, 3.5}),
    row("round", [](auto x) { return tl::round(x); }, operand_row{"*", -3, 3}),
    row("trunc", [](auto x) { return tl::trunc(x); }, operand_row{"*", -3.5, 3.5}),
    row("sigmoid", [](auto x) { return tl::sigmoid(x); }, operand_row{"*", -20, 20}),
    row("sigmoid_slope", [](auto x) { return tl::apply<tl::sigmoid_slope_op>(x); }, operand_row{"*", -9, 9}),
    row("tanh_slope", [](auto x) { return tl::apply<tl::tanh_slope_op>(x); }, operand_row{"*", -9, 9}),
    row("softplus", [](auto x) { return tl::softplus(x); }, operand_row{"*", -20, 20}),
    row("sin", [](auto x) { return tl::sin(x); }, operand_row{"*", -7, 7}),
    row("cos", [](auto x) { return tl::cos(x); }, operand_row{"*", -7, 7}),
    row("tan", [](auto x) { return tl::tan(x); }, operand_row{"*", -1.3, 1.3}),
    row("asin", [](auto x) { return tl::asin(x); }, operand_row{"*", 0.1, 0.9}),
    row("acos", [](auto x) { return tl::acos(x); }, operand_row{"*", -0.9, -0.1}),
    row("atan", [](auto x) { return tl::atan(x); }, operand_row{"*", -5, 5}),
    row("relu6", [](auto x) { return tl::relu6(x); }, operand_row{"*", -4, 8}),
    row("leaky_relu", [](auto x) { return tl::leaky_relu(x); }, operand_row{}),
    row("elu", [](auto x) { return tl::elu(x); }, operand_row{}),
    row("log_sigmoid", [](auto x) { return tl::log_sigmoid(x); }, operand_row{"*", -20, 20}),
    row("silu", [](auto x) { return tl::silu(x); }, operand_row{"*", -7, 7}),
    row("gelu", [](auto x) { return tl::gelu(x); }, operand_row{"*", -3, 3}),
    row("gelu_tanh", [](auto x) { return tl::gelu_tanh(x); }, operand_row{}),
    row("entropy", [](auto x) { return tl::entropy(x); }, operand_row{"*", 0.1, 2}),
    row("cube", [](auto x) { return tl::pow<3>(x); }, operand_row{}),
    row("inverse_power_2", [](auto x) { return tl::pow<-2>(x); }, operand_row{"*", 0.3, 4}),
    row("add", [](auto a, auto b) { return a + b; }, operand_row{}, operand_row{}),
    row("sub", [](auto a, auto b) { return a - b; }, operand_row{}, operand_row{}),
    row("mul", [](auto a, auto b) { return a * b; }, operand_row{}, operand_row{}),
    row("div", [](auto a, auto b) { return a / b; }, operand_row{}, operand_row{"*", 0.4, 4}),
    row("minimum", [](auto a, auto b) { return tl::minimum(a, b); }, operand_row{}, operand_row{}),
    row("maximum", [](auto a, auto b) { return tl::maximum(a, b); }, operand_row{}, operand_row{}),
    row("atan2", [](auto a, auto b) { return tl::atan2(a, b); }, operand_row{}, operand_row{"*", 0.4, 4}),
    row("pow", [](auto a, auto b) { return tl::pow(a, b); }, operand_row{"*", 0.3, 3}, operand_row{"*", -3, 3.3}),
    row("xlogy", [](auto a, auto b) { return tl::xlogy(a, b); }, operand_row{}, operand_row{"*", 0.2, 5}),
    row("mod", [](auto a, auto b) { return tl::mod(a, b); }, operand_row{"*", -5, 5}, operand_row{"*", 1.1, 3}),
    row("leaky_relu of a slope", [](auto a, auto b) { return tl::leaky_relu(a, b); }, operand_row{}, operand_row{}),
    row("elu of a scale", [](auto a, auto b) { return tl::elu(a, b); }, operand_row{}, operand_row{}),
    row("sigmoid_cross_entropy", [](auto a, auto b) { return tl::sigmoid_cross_entropy(a, b); }, operand_row{}, operand_row{"*", 0, 1}),
    row("hypot", [](auto a, auto b) { return tl::hypot(a, b); }, operand_row{"*", 0.5, 2}, operand_row{"*", 0.5, 2}),
    row("clip", [](auto x, auto a, auto b) { return tl::clip(x, a, b); }, operand_row{}, operand_row{"*", -1.5, -0.5}, operand_row{"*", -0.2, 1.5}),
    row("where", [](auto c, auto a, auto b) { return tl::where(c > a, a * a, b * c); }, operand_row{}, operand_row{}, operand_row{}),
};

/// What is composed under the names of the standard library.
inline constexpr row_list standard_rows{
    row("cbrt", [](auto x) { return tl::cbrt(x); }, operand_row{"*", 0.2, 9}),
    row("log10", [](auto x) { return tl::log10(x); }, operand_row{"*", 0.1, 9}),
    row("asinh", [](auto x) { return tl::asinh(x); }, operand_row{"*", -4, 4}),
    row("acosh", [](auto x) { return tl::acosh(x); }, operand_row{"*", 1.3, 9}),
    row("atanh", [](auto x) { return tl::atanh(x); }, operand_row{"*", -0.8, 0.8}),
    row("fdim", [](auto a, auto b) { return tl::fdim(a, b); }, operand_row{}, operand_row{}),
    row("fmax", [](auto a, auto b) { return tl::fmax(a, b); }, operand_row{}, operand_row{}),
    row("fmod", [](auto a, auto b) { return tl::fmod(a, b); }, operand_row{"*", -5, 5}, operand_row{"*", 1.1, 3}),
};

inline constexpr row_list structured_rows{
    row("sum", [](auto x) { return tl::sum(x); }, operand_row{"mnk"}),
    row("sum over an axis", [](auto x) { return tl::sum<1>(x, tl::keepdims); }, operand_row{"mnk"}),
    row("prod", [](auto x) { return tl::prod(x); }, operand_row{"mn", 0.5, 2}),
    row("prod over an axis", [](auto x) { return tl::prod<1>(x); }, operand_row{"mnk", 0.5, 2}),
    row("max", [](auto x) { return tl::max(x); }, operand_row{"mnk"}),
    row("max over an axis", [](auto x) { return tl::max<-1>(x); }, operand_row{"mnk"}),
    row("min", [](auto x) { return tl::min<0>(x, tl::keepdims); }, operand_row{"mnk"}),
    row("mean", [](auto x) { return tl::mean<0>(x); }, operand_row{"mnk"}),
    row("variance", [](auto x) { return tl::variance<-1>(x); }, operand_row{"m4"}),
    row("variance with ddof", [](auto x) { return tl::variance<0>(x, tl::ddof<1>); }, operand_row{"5m"}),
    row("standard_deviation", [](auto x) { return tl::standard_deviation<-1>(x); }, operand_row{"m5"}),
    row("norm", [](auto x) { return tl::norm<-1>(x); }, operand_row{"m5", 0.3, 2}),
    row("logsumexp", [](auto x) { return tl::logsumexp<-1>(x); }, operand_row{"mnk"}),
    row("softmax", [](auto x) { return tl::softmax<0>(x); }, operand_row{"4mn"}),
    row("log_softmax", [](auto x) { return tl::log_softmax<-1>(x); }, operand_row{"m4"}),
    row("matmul", [](auto a, auto b) { return tl::matmul(a, b); }, operand_row{"mk"}, operand_row{"kn"}),
    row("matmul of a batch", [](auto a, auto b) { return tl::matmul(a, b); }, operand_row{"bmk"}, operand_row{"kn"}),
    row("matmul of a vector", [](auto a, auto b) { return tl::matmul(a, b); }, operand_row{"k"}, operand_row{"bkn"}),
    row("dot", [](auto a, auto b) { return tl::dot(a, b); }, operand_row{"k"}, operand_row{"k"}),
    row("outer", [](auto a, auto b) { return tl::outer(a, b); }, operand_row{"m"}, operand_row{"n"}),
    row("transpose", [](auto x) { return tl::transpose<1, 2, 0>(x); }, operand_row{"mnk"}),
    row("flatten", [](auto x) { return tl::flatten<1>(x); }, operand_row{"mnk"}),
    row("broadcast_to", [](auto x) { return tl::broadcast_to<3, 4, 2>(x); }, operand_row{"41"}),
    row("slice", [](auto x) { return tl::slice<1, 1, 6, 2>(x); }, operand_row{"m6"}),
    row("flip", [](auto x) { return tl::flip<0>(x); }, operand_row{"mn"}),
    row("pad", [](auto x) { return tl::pad<0, 1, 2>(x); }, operand_row{"mn"}),
    row("concat", [](auto a, auto b) { return tl::concat<1>(a, b); }, operand_row{"mk"}, operand_row{"mn"}),
    row("stack", [](auto a, auto b) { return tl::stack<1>(a, b); }, operand_row{"mk"}, operand_row{"mk"}),
    row("gather", [](auto x, auto i) { return tl::gather(x, i); }, operand_row{"4n"}, operand_row{"k", 0, 3, true}),
    row("scatter_add", [](auto x, auto i) { return tl::scatter_add<4, 3>(x, i); }, operand_row{"k3"}, operand_row{"k", 0, 3, true}),
    row("softmax_cross_entropy", [](auto x, auto z) { return tl::softmax_cross_entropy(x, z); }, operand_row{"m4"}, operand_row{"m4", 0, 1}),
    row("softmax_cross_entropy of labels", [](auto x, auto z) { return tl::softmax_cross_entropy(x, z); }, operand_row{"m4"}, operand_row{"m", -1, 3, true}),
    row("conv2d", [](auto x, auto w) { return tl::conv2d<tl::convolution{.stride = {1, 2}, .padding = tl::padding::same}>(x, w); }, operand_row{"1244"}, operand_row{"2232"}),
    row("conv1d", [](auto x, auto w) { return tl::conv1d(x, w); }, operand_row{"226"}, operand_row{"323"}),
    row("max_pool2d", [](auto x) { return tl::max_pool2d<tl::pooling{.window = 2, .stride = 1}>(x); }, operand_row{"1233"}),
    row("average_pool2d", [](auto x) { return tl::average_pool2d<tl::pooling{.window = 2, .stride = 1, .padding = 1}>(x); }, operand_row{"1233"}),
};

namespace detail {
inline constexpr auto step_of_one = tl::window_axis{}.packed();
}
inline constexpr tl::attributes images_3_by_3{.a = detail::step_of_one, .b = detail::step_of_one, .c = 1, .target = tl::shape(1, 2, 3, 3)};
inline constexpr tl::attributes kernels_2_by_2{.a = detail::step_of_one, .b = detail::step_of_one, .c = 1, .target = tl::shape(2, 2, 2, 2)};
constexpr tl::attributes pools_of(tl::shape target) { return {.a = detail::step_of_one, .b = detail::step_of_one, .c = 2 | std::int64_t{2} << 32, .target = target}; }

/// Ops that only gradients are made of.
inline constexpr row_list inner_rows{
    row("conv2d_by_images", [](tl::ref y, tl::ref w) { return tl::apply<tl::conv2d_by_images_op>(images_3_by_3, y, w); }, operand_row{"1222"}, operand_row{"2222"}),
    row("conv2d_by_kernels", [](tl::ref x, tl::ref y) { return tl::apply<tl::conv2d_by_kernels_op>(kernels_2_by_2, x, y); }, operand_row{"1233"}, operand_row{"1222"}),
    row("max_pool_spread", [](tl::ref y, tl::ref x) { return tl::apply<tl::max_pool_spread_op>(pools_of(tl::shape(1, 2, 3, 3)), y, x); }, operand_row{"1222"}, operand_row{"1233"}),
    row("max_pool_take", [](tl::ref u, tl::ref x) { return tl::apply<tl::max_pool_take_op>(pools_of(tl::shape(1, 2, 2, 2)), u, x); }, operand_row{"1233"}, operand_row{"1233"}),
    row("products_of_others", [](tl::ref x) { return tl::apply<tl::products_of_others_op>(tl::attributes{.a = 1}, x); }, operand_row{"mnk", 0.5, 2}),
    row("average_pool_spread", [](tl::ref y) { return tl::apply<tl::average_pool_spread_op>(pools_of(tl::shape(1, 2, 3, 3)), y); }, operand_row{"1222"}),
};

/// A row without its type.
struct any_row {
  std::string_view name;
  std::vector<operand_row> operands;
  tl::ref (*build)(std::span<const tl::ref>);
};
template <class... Rows> std::vector<any_row> rows_of(const row_list<Rows...>& rows) {
  const auto of = [](const auto& r) { return any_row{r.name, {r.operands.begin(), r.operands.end()}, &r.build}; };
  return [&]<std::size_t... I>(std::index_sequence<I...>) { return std::vector{of(row_at<I>(rows))...}; }(std::index_sequence_for<Rows...>{});
}

}  // namespace checks
