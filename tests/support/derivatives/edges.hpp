#pragma once
#include <limits>
#include <string_view>
#include <vector>

namespace checks {

/// What an op must give at points where formulas break: value and gradients for dy = 1. Zeros and infinities are exact,
/// also the sign of a value's zero; other numbers are to a few ulp.
struct edge {
  int line;  ///< of the list of edge cases
  std::string_view row;
  std::vector<std::vector<double>> x;
  std::vector<double> y;
  std::vector<std::vector<double>> dx;
  bool in_float = true;  ///< whether the numbers are the same in float
};

// Lines of the list with points in this table: edges 1, edges 2, edges 3, edges 4, edges 5, edges 6, edges 7, edges 10, edges 12,
// edges 13, edges 14, edges 15, edges 17, edges 18, edges 19, edges 20, edges 21, edges 22, edges 23, edges 26, edges 27, edges 28,
// edges 29, edges 31, edges 38. edges 11: there is no sort and no top-k.

/// By op; where libraries disagree, as PyTorch has it, unless the op's documentation says why not.
inline const std::vector<edge>& edges() {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double pi = 3.141592653589793, ln2 = 0.6931471805599453;
  static const std::vector<edge> all{
      {1, "relu", {{0, -0.0, -1, 2, inf, -inf}}, {0, 0, 0, 2, inf, 0}, {{0, 0, 0, 1, 1, 0}}},
      {3, "relu", {{nan}}, {nan}, {{0}}},
      {2, "relu6", {{0, -0.0, 6, 3, 7, -1, nan}}, {0, 0, 6, 3, 6, 0, nan}, {{0, 0, 0, 1, 0, 0, 1}}},
      {3, "maximum", {{nan, 1}, {1, nan}}, {nan, nan}, {{1, 1}, {1, 1}}},
      {3, "minimum", {{nan, 1}, {1, nan}}, {nan, nan}, {{1, 1}, {1, 1}}},
      {4, "abs", {{0, -0.0, -2, inf, -inf, nan}}, {0, 0, 2, inf, inf, nan}, {{0, 0, -1, 1, -1, nan}}},
      {5, "leaky_relu", {{0, -0.0, -2, 3}}, {0, -0.0, -0.02, 3}, {{0.01, 0.01, 0.01, 1}}},
      {5, "leaky_relu of a slope", {{0, -0.0, -2, 3, nan}, {0.5, 0.5, 0.25, 0.5, 0.5}}, {0, -0.0, -0.5, 3, nan}, {{0.5, 0.5, 0.25, 1, 0.5}, {0, 0, -2, 0, nan}}},
      {5, "elu", {{0, -0.0, -inf, inf, 2}}, {0, -0.0, -1, inf, 2}, {{1, 1, 0, 1, 1}}},
      {5, "elu of a scale", {{0, -0.0, -inf, 3}, {0.5, 0.5, 0.25, 0.5}}, {0, -0.0, -0.25, 3}, {{0.5, 0.5, 0, 1}, {0, 0, -1, 0}}},
      {5, "gelu", {{0, -0.0, inf}}, {0, -0.0, inf}, {{0.5, 0.5, nan}}},
      {6, "clip",
       {{-1, 1, 0, -2, 3, 2, 2, nan, 0, 0, 5, 0.5, -2}, {-1, -1, -1, -1, -1, 2, 3, -1, nan, -1, 3, 2, 2}, {1, 1, 1, 1, 1, 2, 1, 1, 1, nan, 1, -1, -1}},
       {-1, 1, 0, -1, 1, 2, 1, nan, nan, nan, 1, -1, -1},
       {{1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1}}},
      {7, "maximum", {{1, 2, 0, -3}, {1, 1, -0.0, -2}}, {1, 2, -0.0, -2}, {{0.5, 1, 0.5, 0}, {0.5, 0, 0.5, 1}}},
      {10, "minimum", {{1, 2, 0, -3}, {1, 1, -0.0, -2}}, {1, 1, -0.0, -3}, {{0.5, 0, 0.5, 1}, {0.5, 1, 0.5, 0}}},
      {12, "sign", {{0, -0.0, 3, -inf, nan}}, {0, -0.0, 1, -1, nan}, {{0, 0, 0, 0, 0}}},
      {12, "floor", {{1, -1, 0.5, -0.5, -0.0, inf}}, {1, -1, 0, -1, -0.0, inf}, {{0, 0, 0, 0, 0, 0}}},
      {12, "ceil", {{1, -1, 0.5, -0.5, 0, -inf}}, {1, -1, 1, -0.0, 0, -inf}, {{0, 0, 0, 0, 0, 0}}},
      {12, "round", {{0.5, 1.5, 2.5, -0.5, -1.5, 2}}, {0, 2, 2, -0.0, -2, 2}, {{0, 0, 0, 0, 0, 0}}},
      {12, "trunc", {{1, -1, 1.5, -1.5}}, {1, -1, 1, -1}, {{0, 0, 0, 0}}},
      {13, "mod", {{6, -6, 7, -7, 7, -7, 0, 5}, {3, 3, 3, 3, -3, -3, 3, inf}}, {0, 0, 1, 2, -2, -1, 0, 5}, {{1, 1, 1, 1, 1, 1, 1, 1}, {-2, 2, -2, 3, 3, -2, 0, 0}}},
      {13, "mod", {{1, inf}, {0, 2}}, {nan, nan}, {{1, 1}, {nan, nan}}},
      {14, "sqrt", {{0, -0.0, 4, inf, -1, nan}}, {0, -0.0, 2, inf, nan, nan}, {{inf, -inf, 0.25, 0, nan, nan}}},
      {15, "rsqrt", {{0, -0.0, 4, inf, -1}}, {inf, -inf, 0.5, 0, nan}, {{-inf, inf, -0.0625, 0, nan}}},
      {17, "log", {{0, -0.0, 1, inf, -1, nan}}, {-inf, -inf, 0, inf, nan, nan}, {{inf, -inf, 1, 0, -1, nan}}},
      {17, "log", {{5e-324, 2.2250738585072009e-308}}, {-744.4400719213812, -708.3964185322642}, {{inf, 4.4942328371557907e307}}, false},
      {17, "log1p", {{-1, 0, -0.0, inf, -2}}, {-inf, 0, -0.0, inf, nan}, {{inf, 1, 1, 0, -1}}},
      {17, "log2", {{0, 1, 8, inf, -1}}, {-inf, 0, 3, inf, nan}, {{inf, 1 / ln2, 0.125 / ln2, 0, -1 / ln2}}},
      {18, "xlogy", {{0, 0, 0, 2, 0, 0}, {0, 2, nan, 0, -1, inf}}, {0, 0, nan, -inf, 0, 0}, {{-inf, ln2, nan, -inf, nan, inf}, {0, 0, 0, inf, 0, 0}}},
      {18, "entropy", {{0, 1, 0.5, -0.0}}, {0, -0.0, 0.5 * ln2, 0}, {{inf, -1, ln2 - 1, inf}}},
      {19, "xlogy", {{1, 0, 1}, {1, 1, 0}}, {0, 0, -inf}, {{0, 0, -inf}, {1, 0, inf}}},
      {19, "sigmoid_cross_entropy", {{1000, -1000, -1000, 1000, 0}, {0, 1, 0, 1, 0.5}}, {1000, 1000, 0, 0, ln2}, {{1, -1, 0, 0, 0}, {-1000, 1000, 1000, -1000, 0}}},
      {20, "pow",
       {{0, 0, 0, 0, 0, -0.0, -0.0, -2, -2, 1, nan, 0.5, 2, 0, 2}, {0, 2, 1, -1, 0.5, 3, 2, 3, 0.5, nan, 0, inf, inf, 1.5, 0}},
       {1, 0, 0, inf, 0, -0.0, 0, -8, nan, 1, 1, 0, inf, 0, 1},
       {{0, 0, 1, -inf, inf, 0, 0, 12, nan, nan, 0, nan, inf, 0, 0}, {0, 0, 0, -inf, 0, 0, 0, nan, nan, 0, nan, 0, inf, 0, ln2}}},
      {20, "pow", {{2, -1, 3}, {-inf, inf, -2147483648.0}}, {0, 1, 0}, {{nan, inf, 0}, {0, nan, 0}}},
      {20, "inverse_power_2", {{0, -0.0, 2, inf}}, {inf, inf, 0.25, 0}, {{-inf, inf, -0.25, 0}}},
      {20, "cube", {{0, -0.0, -2, inf, -inf}}, {0, -0.0, -8, inf, -inf}, {{0, 0, 12, inf, inf}}},
      {21, "div", {{0, 1, 1, -1, inf, 0, 6}, {0, 0, -0.0, 0, inf, 2, 4}}, {nan, inf, -inf, -inf, nan, 0, 1.5}, {{inf, inf, -inf, inf, 0, 0.5, 0.25}, {nan, -inf, -inf, inf, nan, 0, -0.375}}},
      {21, "div", {{1, 0}, {5e-324, 5e-324}}, {inf, 0}, {{inf, inf}, {-inf, nan}}, false},
      {21, "reciprocal", {{0, -0.0, inf, 4}}, {inf, -inf, 0, 0.25}, {{-inf, -inf, 0, -0.0625}}},
      {22, "asin", {{1, -1, 0, -0.0, 2}}, {pi / 2, -pi / 2, 0, -0.0, nan}, {{inf, inf, 1, 1, nan}}},
      {22, "acos", {{1, -1, 0, -2}}, {0, pi, pi / 2, nan}, {{-inf, -inf, -1, nan}}},
      {22, "atan", {{0, -0.0, inf, -inf}}, {0, -0.0, pi / 2, -pi / 2}, {{1, 1, 0, 0}}},
      {22, "atan2", {{0, -0.0, 1, 0, -0.0}, {1, 1, 0, -1, -1}}, {0, -0.0, pi / 2, pi, -pi}, {{1, 1, 0, -1, -1}, {0, 0, -1, 0, 0}}},
      {23, "sin", {{0, -0.0, pi, pi / 2, inf, -inf, nan}}, {0, -0.0, 1.2246467991473532e-16, 1, nan, nan, nan}, {{1, 1, -1, 6.123233995736766e-17, nan, nan, nan}}, false},
      {23, "cos", {{0, pi, pi / 2, inf}}, {1, -1, 6.123233995736766e-17, nan}, {{0, -1.2246467991473532e-16, -1, nan}}, false},
      {23, "tan", {{0, -0.0, inf}}, {0, -0.0, nan}, {{1, 1, nan}}},
      {23, "sin", {{1e22, 0, 0}}, {-0.8522008497671888, 0, 0}, {{0.5232147853951389, 1, 1}}, false},
      {26, "softplus", {{89, inf, -inf, nan, 0, -1000}}, {89, inf, 0, nan, ln2, 0}, {{1, 1, 0, nan, 0.5, 0}}},
      {27, "sigmoid", {{-1e20, 1000, -1000, inf, -inf, 0, nan}}, {0, 1, 0, 1, 0, 0.5, nan}, {{0, 0, 0, 0, 0, 0.25, nan}}},
      {27, "tanh", {{0, -0.0, 1000, -1000, inf, -inf, nan}}, {0, -0.0, 1, -1, 1, -1, nan}, {{1, 1, 0, 0, 0, 0, nan}}},
      {28, "log_sigmoid", {{-1000, inf, -inf, 0, nan}}, {-1000, -0.0, -inf, -ln2, nan}, {{1, 0, 1, 0.5, nan}}},
      {29, "expm1", {{1e-20, -1e-20, 0, -0.0, inf, -inf}}, {1e-20, -1e-20, 0, -0.0, inf, -1}, {{1, 1, 1, 1, inf, 0}}},
      {29, "log1p", {{1e-20, -1e-20}}, {1e-20, -1e-20}, {{1, 1}}},
      {29, "exp", {{0, inf, -inf, nan}}, {1, inf, 0, nan}, {{1, inf, 0, nan}}},
      {29, "exp2", {{0, 3, inf, -inf}}, {1, 8, inf, 0}, {{ln2, 8 * ln2, inf, 0}}},
      {31, "mul", {{0, 0, inf, nan}, {inf, nan, 0, 0}}, {nan, nan, nan, nan}, {{inf, nan, 0, 0}, {0, 0, inf, nan}}},
      {38, "sub", {{1, inf, nan}, {1, inf, nan}}, {0, nan, nan}, {{1, 1, 1}, {-1, -1, -1}}},
      {44, "square", {{0, -0.0, -3, inf}}, {0, 0, 9, inf}, {{0, 0, -6, inf}}},
      {44, "erf", {{0, -0.0, inf, -inf}}, {0, -0.0, 1, -1}, {{1.1283791670955126, 1.1283791670955126, 0, 0}}},
      {44, "erfc", {{0, inf, -inf}}, {1, 0, 2}, {{-1.1283791670955126, 0, 0}}},
      {44, "sinh", {{0, -0.0, inf, -inf}}, {0, -0.0, inf, -inf}, {{1, 1, inf, inf}}},
      {44, "cosh", {{0, inf, -inf}}, {1, inf, inf}, {{0, inf, -inf}}},
      {16, "hypot", {{0, -0.0, 3, inf, nan, inf, nan, 0}, {0, 0, -4, nan, -inf, 2, 1, -2}}, {0, 0, 5, inf, inf, inf, nan, 2}, {{0, 0, 0.6, nan, nan, nan, nan, 0}, {0, 0, -0.8, nan, nan, 0, nan, -1}}},
      {16, "hypot", {{1e200, 3e-200, 5e-324}, {1e200, 4e-200, 0}}, {1.4142135623730951e200, 5e-200, 5e-324}, {{0.7071067811865476, 0.6, 1}, {0.7071067811865476, 0.8, 0}}, false},
  };
  return all;
}

/// Of functions of the standard library.
inline const std::vector<edge>& standard_edges() {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  static const std::vector<edge> all{
      {15, "cbrt", {{0, -0.0, 8, -8, inf, -inf, nan}}, {0, -0.0, 2, -2, inf, -inf, nan}, {{inf, inf, 1.0 / 12, 1.0 / 12, 0, 0, nan}}},
      {17, "log10", {{0, 1, inf, -1}}, {-inf, 0, inf, nan}, {{inf, 0.43429448190325176, 0, -0.43429448190325176}}},
      {29, "asinh", {{0, -0.0, 1e-20, inf, -inf}}, {0, -0.0, 1e-20, inf, -inf}, {{1, 1, 1, 0, 0}}},
      {22, "atanh", {{0, -0.0, 1, -1, 2}}, {0, -0.0, inf, -inf, nan}, {{1, 1, inf, inf, -1.0 / 3}}},
      {22, "acosh", {{1, inf, 0.5}}, {0, inf, nan}, {{inf, 0, nan}}},
      {3, "fmax", {{nan, 1, 2}, {1, nan, 2}}, {1, 1, 2}, {{0, 1, 0.5}, {1, 0, 0.5}}},
  };
  return all;
}

/// The same for reductions of one vector.
inline const std::vector<edge>& reduction_edges() {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double ln2 = 0.6931471805599453;
  static const std::vector<edge> all{
      {7, "max", {{3, 3}}, {3}, {{0.5, 0.5}}},
      {8, "max", {{3, 3, 3, 1}}, {3}, {{1.0 / 3, 1.0 / 3, 1.0 / 3, 0}}},
      {8, "max", {{-2, -2, -2, -2, -2}}, {-2}, {{0.2, 0.2, 0.2, 0.2, 0.2}}},
      {8, "max", {{inf, 1, inf}}, {inf}, {{0.5, 0, 0.5}}},
      {3, "max", {{1, nan, 2}}, {nan}, {{0, 0, 0}}},
      {10, "min", {{1, 1, 3}}, {1}, {{0.5, 0.5, 0}}},
      {10, "min", {{-inf, 1, -inf}}, {-inf}, {{0.5, 0, 0.5}}},
      {3, "min", {{1, nan, 2}}, {nan}, {{0, 0, 0}}},
      {16, "norm", {{0, 0, -0.0}}, {0}, {{0, 0, 0}}},
      {16, "norm", {{3, -4}}, {5}, {{0.6, -0.8}}},
      {16, "norm", {{0}}, {0}, {{0}}},
      {24, "logsumexp", {{1000, 1000}}, {1000 + ln2}, {{0.5, 0.5}}},
      {24, "logsumexp", {{-1000, -1000}}, {-1000 + ln2}, {{0.5, 0.5}}},
      {24, "logsumexp", {{-inf, -inf}}, {-inf}, {{0, 0}}},
      {24, "logsumexp", {{-inf, 0}}, {0}, {{0, 1}}},
      {24, "logsumexp", {{inf, 0}}, {inf}, {{nan, 0}}},
      {24, "logsumexp", {{inf, inf}}, {inf}, {{nan, nan}}},
      {24, "logsumexp", {{nan, 0}}, {nan}, {{nan, nan}}},
      {24, "logsumexp", {{-3.5}}, {-3.5}, {{1}}},
      {24, "logsumexp", {{-1e4, 0}}, {0}, {{0, 1}}},
      {24, "logsumexp", {{}}, {-inf}, {{}}},
      {32, "variance", {{3, 3, 3}}, {0}, {{0, 0, 0}}},
      {32, "variance", {{5}}, {0}, {{0}}},
      {32, "standard_deviation", {{3, 3, 3}}, {0}, {{0, 0, 0}}},
      {32, "standard_deviation", {{5}}, {0}, {{0}}},
      {32, "variance", {{1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4}}, {1.25}, {{-0.75, -0.25, 0.25, 0.75}}, false},
      {32, "variance", {{1, nan}}, {nan}, {{nan, nan}}},
      {36, "sum", {{}}, {0}, {{}}},
      {36, "prod", {{}}, {1}, {{}}},
      {36, "max", {{}}, {-inf}, {{}}},
      {37, "sum", {{7}}, {7}, {{1}}},
      {37, "prod", {{7}}, {7}, {{1}}},
      {37, "max", {{7}}, {7}, {{1}}},
      {44, "prod", {{2, 0, 5}}, {0}, {{0, 10, 0}}},
      {44, "prod", {{0, 3, 0, 2}}, {0}, {{0, 0, 0, 0}}},
  };
  return all;
}

}  // namespace checks
