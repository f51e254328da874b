#include "../support/graph_text.hpp"

#include <array>

using namespace tapeless;
using namespace tapeless::test;

namespace {

/// The simplified graph of f(x) and its derivative, built while compiling: there compilers agree on the order of operands.
template <auto F, auto Make = [](builder& b) { return placeholder_in(b, "x", shape(3)); }> std::string with_derivative() {
  static constexpr auto traced = freeze<[] {
    return graph_of([](builder& b) {
      const ref x = Make(b), y = F(x);
      return std::array{y, add_derivative(b, y, x)};
    });
  }>();
  return to_string(simplify(traced));
}
constexpr auto scalar = [](builder& b) { return placeholder_in(b, "x", shape()); };

const std::string vector_line = "%0 = placeholder \"x\" : float (3,)\n";
const std::string scalar_line = "%0 = placeholder \"x\" : float ()\n";

}  // namespace

TEST_CASE("gradient: product") {
  CHECK(with_derivative<[](ref x) { return x * x; }, scalar>() ==
        scalar_line + "%1 = mul %0 %0 : float ()\n%2 = add %0 %0 : float ()\nreturn %1 %2\n");
}

TEST_CASE("gradient: exp reuses its result, tanh has its slope computed beside it") {
  CHECK(with_derivative<[](ref x) { return exp(x); }, scalar>() == scalar_line + "%1 = exp %0 : float ()\nreturn %1 %1\n");
  CHECK(with_derivative<[](ref x) { return sum(x * exp(x)); }>() ==
        vector_line +
            "%1 = exp %0 : float (3,)\n"
            "%2 = mul %0 %1 : float (3,)\n"
            "%3 = sum %2 axes=(0,) : float ()\n"
            "%4 = add %1 %2 : float (3,)\n"
            "return %3 %4\n");
  const std::string text = with_derivative<[](ref x) { return sum(tanh(x)); }>();
  CHECK(text.find("= tanh ") == text.rfind("= tanh "));
  CHECK(text.find("= tanh_slope ") != text.npos);
}

TEST_CASE("gradient: a branch that is not taken is chosen away, not multiplied by 0") {
  CHECK(with_derivative<[](ref x) { return sum(where(x > 0.0, log(x), x)); }>() ==
        vector_line +
            "%1 = constant 0 : float ()\n"
            "%2 = greater %0 %1 : bool (3,)\n"
            "%3 = log %0 : float (3,)\n"
            "%4 = where %2 %3 %0 : float (3,)\n"
            "%5 = sum %4 axes=(0,) : float ()\n"
            "%6 = constant 1 : float ()\n"
            "%7 = where %2 %1 %6 : float (3,)\n"
            "%8 = div %6 %0 : float (3,)\n"
            "%9 = where %2 %8 %1 : float (3,)\n"  // 1 / x is infinite at 0, where 0 is chosen
            "%10 = add %7 %9 : float (3,)\n"
            "return %5 %10\n");
}

TEST_CASE("gradient: masks of nested choices meet, and hold through a whole elementwise subtree") {
  CHECK(with_derivative<[](ref x) { return sum(where(x > 0.0, where(x > 1.0, sqrt(log(x)), 2.0), 3.0)); }>() ==
        vector_line +
            "%1 = constant 0 : float ()\n"
            "%2 = greater %0 %1 : bool (3,)\n"
            "%3 = constant 1 : float ()\n"
            "%4 = greater %0 %3 : bool (3,)\n"
            "%5 = log %0 : float (3,)\n"
            "%6 = sqrt %5 : float (3,)\n"
            "%7 = constant 2 : float ()\n"
            "%8 = where %4 %6 %7 : float (3,)\n"
            "%9 = constant 3 : float ()\n"
            "%10 = where %2 %8 %9 : float (3,)\n"
            "%11 = sum %10 axes=(0,) : float ()\n"
            "%12 = logical_and %2 %4 : bool (3,)\n"
            "%13 = mul %6 %7 : float (3,)\n"
            "%14 = div %3 %13 : float (3,)\n"
            "%15 = div %14 %0 : float (3,)\n"
            "%16 = where %12 %15 %1 : float (3,)\n"
            "return %11 %16\n");
}

TEST_CASE("gradient: masks are applied before a matmul mixes elements, and go on below it") {
  static constexpr auto traced = freeze<[] {
    return graph_of([](builder& b) {
      const ref c = placeholder_in(b, "c", shape(2, 4), dtype::boolean), x = placeholder_in(b, "x", shape(2, 3)), w = placeholder_in(b, "w", shape(3, 4));
      return add_derivative(b, sum(where(c, exp(matmul(log(x), w)), 0.0)), x);
    });
  }>();
  CHECK(to_string(simplify(traced)) ==
        "%0 = placeholder \"c\" : bool (2, 4)\n"
        "%1 = placeholder \"x\" : float (2, 3)\n"
        "%2 = placeholder \"w\" : float (3, 4)\n"
        "%3 = log %1 : float (2, 3)\n"
        "%4 = matmul %3 %2 : float (2, 4)\n"
        "%5 = exp %4 : float (2, 4)\n"
        "%6 = constant 0 : float ()\n"
        "%7 = where %0 %5 %6 : float (2, 4)\n"
        "%8 = any %0 axes=(1,) keepdims : bool (2, 1)\n"  // rows of which something is chosen
        "%9 = matmul %7 %2 transpose_b : float (2, 3)\n"
        "%10 = div %9 %1 : float (2, 3)\n"
        "%11 = where %8 %10 %6 : float (2, 3)\n"
        "return %11\n");
}

TEST_CASE("gradient: broadcasting is undone") {
  static constexpr auto traced = freeze<[] {
    return graph_of([](builder& b) {
      const ref x = placeholder_in(b, "x", shape(2, 3)), column = placeholder_in(b, "column", shape(2, 1)), row = placeholder_in(b, "row", shape(3)),
                one = placeholder_in(b, "one", shape());
      const ref y = sum(x * column + row + one);
      return std::array{add_derivative(b, y, column), add_derivative(b, y, row), add_derivative(b, y, one)};
    });
  }>();
  CHECK(to_string(simplify(traced)) ==
        "%0 = placeholder \"x\" : float (2, 3)\n"
        "%1 = constant 1 : float ()\n"
        "%2 = broadcast_to %1 : float (2, 3)\n"
        "%3 = sum %2 axes=(0, 1) : float ()\n"
        "%4 = sum %2 axes=(0,) : float (3,)\n"
        "%5 = sum %0 axes=(1,) : float (2,)\n"
        "%6 = reshape %5 : float (2, 1)\n"
        "return %6 %4 %3\n");
}

TEST_CASE("gradient: matmul reads transposed operands") {
  static constexpr auto traced = freeze<[] {
    return graph_of([](builder& b) {
      const ref x = placeholder_in(b, "x", shape(2, 3)), w = variable_in(b, "w", shape(3, 4));
      const ref y = sum(square(matmul(x, w)));
      return std::array{add_derivative(b, y, x), add_derivative(b, y, w)};
    });
  }>();
  CHECK(to_string(simplify(traced)) ==
        "%0 = placeholder \"x\" : float (2, 3)\n"
        "%1 = variable \"w\" : float (3, 4)\n"
        "%2 = matmul %0 %1 : float (2, 4)\n"
        "%3 = constant 2 : float ()\n"
        "%4 = mul %2 %3 : float (2, 4)\n"
        "%5 = matmul %4 %1 transpose_b : float (2, 3)\n"
        "%6 = matmul %0 %4 transpose_a : float (3, 4)\n"
        "return %5 %6\n");
}

TEST_CASE("gradient: derivatives of derivatives") {
  CHECK(with_derivative<[](ref x) { return add_derivative(*x.owner, sum(x * x * x), x); }, scalar>() ==
        scalar_line +
            "%1 = mul %0 %0 : float ()\n"
            "%2 = add %1 %1 : float ()\n"
            "%3 = add %1 %2 : float ()\n"  // x x + (x x + x x)
            "%4 = constant 2 : float ()\n"
            "%5 = mul %0 %4 : float ()\n"
            "%6 = add %5 %5 : float ()\n"
            "%7 = add %0 %6 : float ()\n"
            "%8 = add %0 %7 : float ()\n"
            "return %3 %8\n");
  CHECK(with_derivative<[](ref x) { return add_derivative(*x.owner, exp(x), x); }, scalar>() == scalar_line + "%1 = exp %0 : float ()\nreturn %1 %1\n");
}

TEST_CASE("gradient: one sweep serves every x") {
  builder b;
  const ref x = placeholder_in(b, "x", shape(3)), w = variable_in(b, "w", shape(3)), loss = sum(exp(x * w));
  const ref dx = add_derivative(b, loss, x);
  const int size = b.graph.size();
  const ref dw = add_derivative(b, loss, w);
  CHECK(b.graph.size() == size);
  CHECK(dw.id != dx.id);
  CHECK(b.sweeps.size() == 1);
}

TEST_CASE("gradient: nothing flows to numbers, integers, conditions or through stop_gradient") {
  CHECK(with_derivative<[](ref x) { return sum(x * stop_gradient(x)); }>() ==
        vector_line + "%1 = mul %0 %0 : float (3,)\n%2 = sum %1 axes=(0,) : float ()\nreturn %2 %0\n");
  CHECK(with_derivative<[](ref x) { return sum(cast<float>(x > 0.0) * cast<float>(cast<std::int32_t>(x))); }>().find("%8 = broadcast_to %1 : float (3,)\nreturn %7 %8") !=
        std::string::npos);
}

TEST_CASE("gradient: a loss that does not depend on x is a mistake") {
  builder b;
  const ref x = placeholder_in(b, "x", shape(3)), y = placeholder_in(b, "y", shape(3));
  add_derivative(b, sum(exp(x)), y);
  CHECK(b.mistake.view() == "derivative: the loss does not depend on y: loss is sum(exp(x))");
}
