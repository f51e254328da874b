#include "../support/graph_text.hpp"

#include <array>
#include <limits>

using namespace tapeless;
using namespace tapeless::test;

namespace {

const shape matrix(2, 3);

/// x stands for a float (2, 3).
template <class F> std::string of_x(F f) {
  return simplified([&](builder& b) { return f(placeholder_in(b, "x", matrix)); });
}
/// c stands for a bool (2, 3), x and y for floats.
template <class F> std::string of_cxy(F f) {
  return simplified([&](builder& b) {
    const ref c = placeholder_in(b, "c", matrix, dtype::boolean), x = placeholder_in(b, "x", matrix), y = placeholder_in(b, "y", matrix);
    return f(c, x, y);
  });
}
template <class F> std::string of_integers(F f) {
  return simplified([&](builder& b) { return f(placeholder_in(b, "x", matrix, dtype::i32)); });
}

const std::string x_line = "%0 = placeholder \"x\" : float (2, 3)\n";
const std::string x_itself = x_line + "return %0\n";
const std::string negated = x_line + "%1 = neg %0 : float (2, 3)\nreturn %1\n";
std::string with_constant(const char* op, const char* number) {
  return x_line + "%1 = constant " + number + " : float ()\n%2 = " + op + " %0 %1 : float (2, 3)\nreturn %2\n";
}
const std::string cxy_lines = "%0 = placeholder \"c\" : bool (2, 3)\n%1 = placeholder \"x\" : float (2, 3)\n";
const std::string xy_lines = x_line + "%1 = placeholder \"y\" : float (2, 3)\n";

constexpr ref boolean(ref near, bool value) { return add_constant(*near.owner, value, dtype::boolean, false); }
constexpr ref scalar(ref near, double value) { return add_constant(*near.owner, value, near.type(), false); }

}  // namespace

TEST_CASE("simplify: sums with zero") {
  CHECK(of_x([](ref x) { return x + -0.0; }) == x_itself);
  CHECK(of_x([](ref x) { return -0.0 + x; }) == x_itself);
  CHECK(of_x([](ref x) { return x - 0.0; }) == x_itself);
  CHECK(of_x([](ref x) { return -0.0 - x; }) == negated);
  CHECK(of_integers([](ref x) { return x + 0; }) == "%0 = placeholder \"x\" : int32 (2, 3)\nreturn %0\n");
  // -0 + 0 is 0, and 0 - 0 is 0
  CHECK(of_x([](ref x) { return x + 0.0; }) == with_constant("add", "0"));
  CHECK(of_x([](ref x) { return x - -0.0; }) == with_constant("sub", "-0"));
  CHECK(of_x([](ref x) { return 0.0 - x; }) == x_line + "%1 = constant 0 : float ()\n%2 = sub %1 %0 : float (2, 3)\nreturn %2\n");
}

TEST_CASE("simplify: signs") {
  CHECK(of_x([](ref x) { return -(-x); }) == x_itself);
  CHECK(of_x([](ref x) { return x * -1.0; }) == negated);
  CHECK(of_x([](ref x) { return x / -1.0; }) == negated);
  CHECK(of_x([](ref x) { return -x * 3.0; }) == with_constant("mul", "-3"));
  CHECK(of_x([](ref x) { return -(3.0 * x); }) == with_constant("mul", "-3"));
  CHECK(of_cxy([](ref, ref x, ref y) { return x - -y; }) == xy_lines + "%2 = add %0 %1 : float (2, 3)\nreturn %2\n");
  CHECK(of_cxy([](ref, ref x, ref y) { return x + -y; }) == xy_lines + "%2 = sub %0 %1 : float (2, 3)\nreturn %2\n");
  CHECK(of_cxy([](ref, ref x, ref y) { return -x * -y; }) == xy_lines + "%2 = mul %0 %1 : float (2, 3)\nreturn %2\n");
  CHECK(of_cxy([](ref, ref x, ref y) { return x + -x * y; }) ==
        xy_lines + "%2 = mul %0 %1 : float (2, 3)\n%3 = sub %0 %2 : float (2, 3)\nreturn %3\n");
  // x - y and y - x are zeros of different sign where x = y
  CHECK(of_cxy([](ref, ref x, ref y) { return -(x - y); }) == xy_lines + "%2 = sub %0 %1 : float (2, 3)\n%3 = neg %2 : float (2, 3)\nreturn %3\n");
  // the smallest integer divided by 2 is not the negative of itself divided by 2
  CHECK(of_integers([](ref x) { return -x / 2; }).find("%2 = constant 2 : int32 ()\n%3 = div %1 %2") != std::string::npos);
}

TEST_CASE("simplify: products, quotients, powers") {
  CHECK(of_x([](ref x) { return x * 1.0; }) == x_itself);
  CHECK(of_x([](ref x) { return 1.0 * x; }) == x_itself);
  CHECK(of_x([](ref x) { return x / 1.0; }) == x_itself);
  CHECK(of_x([](ref x) { return x / 8.0; }) == with_constant("mul", "0.125"));
  CHECK(of_x([](ref x) { return pow(x, 1.0); }) == x_itself);
  CHECK(of_x([](ref x) { return pow(x, 2.0); }) == x_line + "%1 = mul %0 %0 : float (2, 3)\nreturn %1\n");
  CHECK(of_x([](ref x) { return pow(x, 0.0); }) == "%0 = constant 1 : float ()\n%1 = broadcast_to %0 : float (2, 3)\nreturn %1\n");
  // NaN * 0 is NaN; a third is no float; 2^-127 is subnormal as a float
  CHECK(of_x([](ref x) { return x * 0.0; }) == with_constant("mul", "0"));
  CHECK(of_x([](ref x) { return x / 3.0; }) == with_constant("div", "3"));
  CHECK(of_x([](ref x) { return x / 0x1p127; }) == with_constant("div", "1.7014118e+38"));
  CHECK(of_x([](ref x) { return x / x; }) == x_line + "%1 = div %0 %0 : float (2, 3)\nreturn %1\n");
  CHECK(of_x([](ref x) { return x - x; }) == x_line + "%1 = sub %0 %0 : float (2, 3)\nreturn %1\n");
  CHECK(of_integers([](ref x) { return x / 8; }).find("div %0 %1") != std::string::npos);
}

TEST_CASE("simplify: constants fold in their dtype") {
  const auto folded = [](const char* type, const char* number) { return std::string("%0 = constant ") + number + " : " + type + " ()\nreturn %0\n"; };
  const auto of = [](dtype type, auto f) {
    return simplified([&](builder& b) {
      const ref ten = b.add_constant(10, type, false), three = b.add_constant(3, type, false);
      return f(ten, three);
    });
  };
  CHECK(of(dtype::f32, [](ref x, ref y) { return x / y; }) == folded("float", "3.3333333"));
  CHECK(of(dtype::f64, [](ref x, ref y) { return x / y; }) == folded("double", "3.3333333333333335"));
  CHECK(of(dtype::f32, [](ref x, ref y) { return -(x * y) + x - y; }) == folded("float", "-23"));
  CHECK(of(dtype::f32, [](ref x, ref y) { return x > y; }) == folded("bool", "1"));
  CHECK(of(dtype::f32, [](ref x, ref y) { return cast<double>(x / y); }) == folded("double", "3.3333332538604736"));
  // integers divide otherwise than doubles; a number beyond float stays to be computed, as does division by 0
  CHECK(of(dtype::i32, [](ref x, ref y) { return x / y; }).find("div %0 %1") != std::string::npos);
  CHECK(of(dtype::i32, [](ref x, ref y) { return x * y; }) == folded("int32", "30"));
  CHECK(of(dtype::f32, [](ref x, ref) { return scalar(x, 1e30) * scalar(x, 1e30); }).find("mul %0 %0") != std::string::npos);
  CHECK(of(dtype::f32, [](ref x, ref y) { return x / (y - y); }).find("div %0 %1") != std::string::npos);
  CHECK(of(dtype::f32, [](ref x, ref) { return x + scalar(x, std::numeric_limits<double>::infinity()); }).find("add %0 %1") != std::string::npos);
  CHECK(of(dtype::f32, [](ref x, ref) { return exp(x); }).find("exp %0") != std::string::npos);
}

TEST_CASE("simplify: choices") {
  CHECK(of_cxy([](ref c, ref x, ref y) { return where(boolean(c, true), x, y); }) == x_itself);
  CHECK(of_cxy([](ref c, ref x, ref y) { return where(boolean(c, false), y, x); }) == x_itself);
  CHECK(of_cxy([](ref c, ref x, ref) { return where(c, x, x); }) == x_itself);
  const std::string chosen = cxy_lines + "%2 = placeholder \"y\" : float (2, 3)\n%3 = where %0 %1 %2 : float (2, 3)\nreturn %3\n";
  CHECK(of_cxy([](ref c, ref x, ref y) { return where(!c, y, x); }) == chosen);
  CHECK(of_cxy([](ref c, ref x, ref y) { return where(c, where(c, x, 3.0), y); }) == chosen);
  CHECK(of_cxy([](ref c, ref x, ref y) { return where(c, x, where(c, 3.0, y)); }) == chosen);
  // the branch that is left out gave the result its shape
  CHECK(simplified([](builder& b) {
          const ref c = placeholder_in(b, "c", shape(), dtype::boolean), x = placeholder_in(b, "x", shape()), y = placeholder_in(b, "y", matrix);
          return where(c, where(c, x, y), x);
        }) == "%0 = placeholder \"x\" : float ()\n%1 = broadcast_to %0 : float (2, 3)\nreturn %1\n");
}

TEST_CASE("simplify: logic and conversions") {
  const std::string c_itself = "%0 = placeholder \"c\" : bool (2, 3)\nreturn %0\n";
  CHECK(of_cxy([](ref c, ref, ref) { return !!c; }) == c_itself);
  CHECK(of_cxy([](ref c, ref, ref) { return c && c; }) == c_itself);
  CHECK(of_cxy([](ref c, ref, ref) { return c && boolean(c, true); }) == c_itself);
  CHECK(of_cxy([](ref c, ref, ref) { return boolean(c, false) || c; }) == c_itself);
  CHECK(of_cxy([](ref c, ref, ref) { return c && boolean(c, false); }) ==
        "%0 = constant 0 : bool ()\n%1 = broadcast_to %0 : bool (2, 3)\nreturn %1\n");
  CHECK(of_x([](ref x) { return apply<cast_op<float>>(x); }) == x_itself);
  CHECK(of_x([](ref x) { return cast<float>(cast<double>(x)); }).find("cast_float") != std::string::npos);
}

TEST_CASE("simplify: views") {
  CHECK(of_x([](ref x) { return reshape<2, 3>(apply<reshape_op>({.target = shape(6)}, x)); }) == x_itself);
  CHECK(of_x([](ref x) { return reshape<3, 2>(reshape<6>(x)); }) == x_line + "%1 = reshape %0 : float (3, 2)\nreturn %1\n");
  CHECK(of_x([](ref x) { return broadcast_to<2, 3>(x); }) == x_itself);
  CHECK(of_x([](ref x) { return broadcast_to<5, 4, 2, 3>(broadcast_to<4, 2, 3>(x)); }) ==
        x_line + "%1 = broadcast_to %0 : float (5, 4, 2, 3)\nreturn %1\n");
  CHECK(of_x([](ref x) { return broadcast_to<4, 2, 3>(reshape<1, 2, 3>(x)); }) == x_line + "%1 = broadcast_to %0 : float (4, 2, 3)\nreturn %1\n");
  CHECK(of_x([](ref x) { return broadcast_to<1, 2, 3>(x); }) == x_line + "%1 = reshape %0 : float (1, 2, 3)\nreturn %1\n");
  CHECK(of_x([](ref x) { return transpose(transpose(x)); }) == x_itself);
  CHECK(of_x([](ref x) { return transpose<0, 1>(x); }) == x_itself);
  CHECK(of_x([](ref x) { return transpose<1, 2, 0>(transpose<2, 0, 1>(broadcast_to<4, 2, 3>(x))); }) ==
        x_line + "%1 = broadcast_to %0 : float (4, 2, 3)\nreturn %1\n");
  CHECK(of_x([](ref x) { return transpose<2, 0, 1>(transpose<2, 0, 1>(reshape<1, 2, 3>(x))); }) ==
        x_line + "%1 = reshape %0 : float (1, 2, 3)\n%2 = transpose %1 axes=(1, 2, 0) : float (2, 3, 1)\nreturn %2\n");
  CHECK(of_x([](ref x) { return stop_gradient(x); }) == x_itself);
  CHECK(of_x([](ref x) { return transpose(broadcast_to<4, 5>(scalar(x, 2))); }) ==
        "%0 = constant 2 : float ()\n%1 = broadcast_to %0 : float (5, 4)\nreturn %1\n");
  CHECK(of_x([](ref x) { return slice<0, 0, 2>(x); }) == x_itself);
  CHECK(of_x([](ref x) { return slice<1, 1, 4>(pad<1, 1, 2>(x, 0.0)); }) == x_itself);
  CHECK(of_x([](ref x) { return pad<1, 0, 0>(x, 0.0); }) == x_itself);
  CHECK(of_x([](ref x) { return concat<0>(x); }) == x_itself);
  CHECK(of_x([](ref x) { return slice<1, 0, 2>(pad<1, 1, 2>(x, 0.0)); }).find("slice") != std::string::npos);
}

TEST_CASE("simplify: reductions over nothing") {
  CHECK(simplified([](builder& b) { return sum<0>(placeholder_in(b, "x", shape(1, 3))); }) ==
        "%0 = placeholder \"x\" : float (1, 3)\n%1 = reshape %0 : float (3,)\nreturn %1\n");
  CHECK(simplified([](builder& b) { return max<0>(placeholder_in(b, "x", shape(1, 3)), keepdims); }) ==
        "%0 = placeholder \"x\" : float (1, 3)\nreturn %0\n");
  CHECK(of_x([](ref x) { return sum<1>(x); }) == x_line + "%1 = sum %0 axes=(1,) : float (2,)\nreturn %1\n");
}

TEST_CASE("simplify: broadcasts stand as late as they can") {
  const auto of = [](auto f) {
    return simplified([&](builder& b) {
      const ref x = placeholder_in(b, "x", matrix), s = placeholder_in(b, "s", shape()), row = placeholder_in(b, "row", shape(3));
      return f(x, s, row);
    });
  };
  CHECK(of([](ref x, ref s, ref) { return x * broadcast_to<2, 3>(s); }) ==
        x_line + "%1 = placeholder \"s\" : float ()\n%2 = mul %0 %1 : float (2, 3)\nreturn %2\n");
  CHECK(of([](ref, ref s, ref) { return exp(broadcast_to<2, 3>(s)); }) ==
        "%0 = placeholder \"s\" : float ()\n%1 = exp %0 : float ()\n%2 = broadcast_to %1 : float (2, 3)\nreturn %2\n");
  CHECK(of([](ref x, ref s, ref) { return x - exp(2.0 * broadcast_to<2, 3>(s)); }) ==
        x_line + "%1 = placeholder \"s\" : float ()\n%2 = constant 2 : float ()\n"
                 "%3 = mul %1 %2 : float ()\n%4 = exp %3 : float ()\n%5 = sub %0 %4 : float (2, 3)\nreturn %5\n");
  CHECK(of([](ref, ref s, ref row) { return broadcast_to<2, 3>(s) * broadcast_to<2, 3>(row); }) ==
        "%0 = placeholder \"s\" : float ()\n%1 = placeholder \"row\" : float (3,)\n%2 = mul %0 %1 : float (3,)\n"
        "%3 = broadcast_to %2 : float (2, 3)\nreturn %3\n");
  CHECK(of([](ref x, ref, ref row) { return x + reshape<1, 3>(row); }) ==
        x_line + "%1 = placeholder \"row\" : float (3,)\n%2 = add %0 %1 : float (2, 3)\nreturn %2\n");
  // an operation of two small shapes that gives the large one
  CHECK(simplified([](builder& b) {
          const ref x = placeholder_in(b, "a", shape(2, 1)), y = placeholder_in(b, "b", shape(3));
          return broadcast_to<2, 3>(x) * broadcast_to<2, 3>(y);
        }) == "%0 = placeholder \"a\" : float (2, 1)\n%1 = placeholder \"b\" : float (3,)\n%2 = mul %0 %1 : float (2, 3)\nreturn %2\n");
}

TEST_CASE("simplify: matmul reads its operands transposed") {
  const auto of = [](auto f) {
    return simplified([&](builder& b) {
      const ref x = placeholder_in(b, "a", shape(4, 5)), y = placeholder_in(b, "b", shape(4, 6));
      return f(x, y);
    });
  };
  const std::string leaves = "%0 = placeholder \"a\" : float (4, 5)\n%1 = placeholder \"b\" : float (4, 6)\n";
  CHECK(of([](ref a, ref b) { return matmul(transpose(a), b); }) == leaves + "%2 = matmul %0 %1 transpose_a : float (5, 6)\nreturn %2\n");
  CHECK(of([](ref a, ref b) { return transpose(matmul(transpose(a), b)); }) == leaves + "%2 = matmul %1 %0 transpose_a : float (6, 5)\nreturn %2\n");
  CHECK(of([](ref a, ref b) { return matmul(transpose(matmul(transpose(b), a)), transpose(b)); }) ==
        leaves + "%2 = matmul %0 %1 transpose_a : float (5, 6)\n%3 = matmul %2 %1 transpose_b : float (5, 4)\nreturn %3\n");
  CHECK(of([](ref a, ref b) { return apply<matmul_op>({.a = 1}, transpose(transpose(a)), b); }) ==
        leaves + "%2 = matmul %0 %1 transpose_a : float (5, 6)\nreturn %2\n");
  // the product is read elsewhere too: it is not computed twice
  CHECK(of([](ref a, ref b) {
          const ref y = matmul(transpose(a), b);
          return std::array{y, transpose(y)};
        }) == leaves + "%2 = matmul %0 %1 transpose_a : float (5, 6)\n%3 = transpose %2 axes=(1, 0) : float (6, 5)\nreturn %2 %3\n");
  CHECK(simplified([](builder& b) {
          const ref x = placeholder_in(b, "a", shape(7, 4, 5)), y = placeholder_in(b, "b", shape(4, 6));
          return matmul(transpose<0, 2, 1>(x), y);
        }) == "%0 = placeholder \"a\" : float (7, 4, 5)\n%1 = placeholder \"b\" : float (4, 6)\n"
              "%2 = matmul %0 %1 transpose_a : float (7, 5, 6)\nreturn %2\n");
  CHECK(simplified([](builder& b) {
          const ref x = placeholder_in(b, "a", shape(4, 7, 5)), y = placeholder_in(b, "b", shape(5, 6));
          return matmul(transpose<1, 0, 2>(x), y);
        }).find("transpose %0 axes=(1, 0, 2)") != std::string::npos);
}

TEST_CASE("simplify: a column times a row is elementwise, with the 0 to which sums begin") {
  const auto of = [](const shape& left, const shape& right, auto f) {
    return simplified([&](builder& b) {
      const ref x = placeholder_in(b, "a", left), y = placeholder_in(b, "b", right);
      return f(x, y);
    });
  };
  const std::string zero = "%3 = constant 0 : float ()\n%4 = add %2 %3 : float (4, 6)\nreturn %4\n";
  CHECK(of(shape(4, 1), shape(1, 6), [](ref a, ref b) { return matmul(a, b); }) ==
        "%0 = placeholder \"a\" : float (4, 1)\n%1 = placeholder \"b\" : float (1, 6)\n%2 = mul %0 %1 : float (4, 6)\n" + zero);
  const auto transposed = of(shape(1, 4), shape(6, 1), [](ref a, ref b) { return apply<matmul_op>({.a = 1, .b = 1}, a, b); });
  CHECK(transposed.find("reshape %0 : float (4, 1)") != std::string::npos);
  CHECK(transposed.find("reshape %1 : float (1, 6)") != std::string::npos);
  CHECK(transposed.find("matmul") == std::string::npos);
  CHECK(of(shape(4, 2), shape(2, 6), [](ref a, ref b) { return matmul(a, b); }).find("matmul %0 %1 : float (4, 6)") != std::string::npos);
}

TEST_CASE("simplify: products by powers of two join other constants") {
  CHECK(of_x([](ref x) { return x * 3.0 * 0.5; }) == with_constant("mul", "1.5"));
  CHECK(of_x([](ref x) { return -0.5 * (2.0 * x); }) == negated);
  CHECK(of_x([](ref x) { return 0.5 * (2.0 * x); }) == x_itself);
  CHECK(of_x([](ref x) { return 3.0 * (5.0 * x); }).find("mul %2 %3") != std::string::npos);  // would round once where this rounds twice
}

TEST_CASE("simplify: a factor near to 1 leaves a sum of squares") {
  CHECK(of_x([](ref x) { return sum<1>(square(1.5 * x)); }) ==
        x_line + "%1 = square %0 : float (2, 3)\n%2 = sum %1 axes=(1,) : float (2,)\n%3 = constant 2.25 : float ()\n%4 = mul %2 %3 : float (2,)\nreturn %4\n");
  for (const double far : {1e-3, 5.0, -1e10}) CHECK(of_x([&](ref x) { return sum(square(far * x)); }).find("square %2") != std::string::npos);
  CHECK(of_integers([](ref x) { return sum(square(scalar(x, 2) * x)); }).find("square %2") != std::string::npos);
}
TEST_CASE("simplify: a sum of a product is a product of sums") {
  const auto of = [](auto f) {
    return simplified([&](builder& b) {
      const ref x = placeholder_in(b, "a", shape(4, 5)), y = placeholder_in(b, "b", shape(5, 6));
      return f(x, y);
    });
  };
  const std::string leaves = "%0 = placeholder \"a\" : float (4, 5)\n%1 = placeholder \"b\" : float (5, 6)\n";
  CHECK(of([](ref a, ref b) { return sum(matmul(a, b)); }) ==
        leaves + "%2 = sum %0 axes=(0,) keepdims : float (1, 5)\n%3 = sum %1 axes=(1,) keepdims : float (5, 1)\n%4 = matmul %2 %3 : float (1, 1)\n%5 = reshape %4 : float ()\nreturn %5\n");
  CHECK(of([](ref a, ref b) { return sum<0>(matmul(a, b)); }) ==
        leaves + "%2 = sum %0 axes=(0,) keepdims : float (1, 5)\n%3 = matmul %2 %1 : float (1, 6)\n%4 = reshape %3 : float (6,)\nreturn %4\n");
  CHECK(of([](ref a, ref b) { return sum<1>(matmul(transpose(b), transpose(a))); }) ==
        leaves + "%2 = sum %0 axes=(0,) keepdims : float (1, 5)\n%3 = matmul %1 %2 transpose_a transpose_b : float (6, 1)\n%4 = reshape %3 : float (6,)\nreturn %4\n");
  // where the product is there anyway, it is summed
  CHECK(of([](ref a, ref b) {
          const ref y = matmul(a, b);
          return std::array{y, sum(y)};
        }).find("sum %2 axes=(0, 1)") != std::string::npos);
}

TEST_CASE("simplify: a product with what repeats along the inner axis is one with a sum") {
  const auto of = [](const shape& repeated, auto f) {
    return simplified([&](builder& b) {
      const ref x = placeholder_in(b, "a", repeated), y = placeholder_in(b, "b", shape(5, 6));
      return f(x, y);
    });
  };
  const std::string sum_of_b = "%1 = placeholder \"b\" : float (5, 6)\n%2 = sum %1 axes=(0,) keepdims : float (1, 6)\n";
  const std::string zero = "%4 = constant 0 : float ()\n%5 = add %3 %4 : float (4, 6)\nreturn %5\n";
  CHECK(of(shape(4, 1), [](ref a, ref b) { return matmul(broadcast_to(a, shape(4, 5)), b); }) == "%0 = placeholder \"a\" : float (4, 1)\n" + sum_of_b + "%3 = mul %0 %2 : float (4, 6)\n" + zero);
  const auto vector = of(shape(4), [](ref a, ref b) { return matmul(transpose(broadcast_to(a, shape(5, 4))), b); });
  CHECK(vector.find("reshape %0 : float (4, 1)") != std::string::npos);
  CHECK(vector.find("matmul") == std::string::npos);
  CHECK(of(shape(), [](ref a, ref b) { return matmul(b, broadcast_to(a, shape(6, 3))); }).find("matmul") == std::string::npos);
  CHECK(of(shape(5), [](ref a, ref b) { return matmul(broadcast_to(a, shape(4, 5)), b); }).find("matmul %2 %1") != std::string::npos);  // it repeats along the other
  CHECK(of(shape(1, 6), [](ref a, ref b) { return matmul(b, transpose(broadcast_to(a, shape(3, 6)))); }).find("matmul") != std::string::npos);
}

TEST_CASE("simplify: dead code, merging, order") {
  CHECK(of_cxy([](ref, ref x, ref y) {
          exp(y);
          return x * y + y * x;
        }) == xy_lines + "%2 = mul %0 %1 : float (2, 3)\n%3 = add %2 %2 : float (2, 3)\nreturn %3\n");
  // leaves that nothing reads go, and with them their shapes and attributes; variables that are assigned stay
  builder b;
  const ref unused = placeholder_in(b, "unused", shape(7)), w = variable_in(b, "w", matrix),
            v = variable_in(b, "v", shape(5)), x = placeholder_in(b, "x", matrix);
  exp(unused);
  add_assignment(b, w, -(-x));
  add_assignment(b, v, broadcast_to(scalar(v, 1) + 1.0, shape(5)));
  const graph s = simplify(b.graph);
  CHECK(to_string(s) == "%0 = variable \"w\" : float (2, 3)\n%1 = variable \"v\" : float (5,)\n%2 = placeholder \"x\" : float (2, 3)\n"
                        "%3 = constant 2 : float ()\n%4 = broadcast_to %3 : float (5,)\nassign %0 <- %2\nassign %1 <- %4\n");
  CHECK(s.leaves.size() == 3);
  CHECK(s.shapes.size() == 3);
  for (const auto& l : s.leaves) CHECK(s.leaf_of(l.node).node == l.node);
}

namespace {

constexpr ref loss_of(ref x, ref w, ref c) {
  const ref h = relu(matmul(x, w) + c), p = softmax(h);
  return mean(square(p - 1.0)) - sum(pow(h, 3.0)) + max(h) + logsumexp(norm<1>(transpose(h)));
}
constexpr graph training_graph() {
  builder b;
  const ref x = placeholder_in(b, "x", shape(4, 5)), w = variable_in(b, "w", shape(5, 3)), c = variable_in(b, "c", shape(3));
  const ref loss = loss_of(x, w, c);
  b.graph.outputs.push_back(loss.id);
  for (ref v : {w, c}) add_assignment(b, v, v - 0.1 * add_derivative(b, loss, v));
  return b.graph;
}
constexpr auto frozen_graph = freeze<[] { return training_graph(); }>();
constexpr auto simplified_graph = freeze<[] { return simplify(frozen_graph); }>();

}  // namespace

TEST_CASE("simplify: a second time changes nothing; while compiling gives the same") {
  const graph once = simplify(frozen_graph);
  CHECK(once.size() < frozen_graph.size());
  CHECK(to_string(simplify(once)) == to_string(once));
  CHECK(to_string(simplified_graph) == to_string(once));
}
