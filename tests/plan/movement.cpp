#include "support/plan_faults.hpp"

#include <tapeless/nn/losses.hpp>

#include <ostream>

using namespace tapeless;
using namespace tapeless::test;

// How many kernels programs take, and how many bytes these move: counted by hand as what goes in, what comes out, and what
// has to wait in memory between.

namespace {

constexpr std::int64_t rows = 96, columns = 1000, matrix = 4 * rows * columns, column = 4 * rows, row = 4 * columns;

struct cost {
  std::size_t kernels = 0;
  std::int64_t bytes = 0;
  friend bool operator==(const cost&, const cost&) = default;
  friend std::ostream& operator<<(std::ostream& to, const cost& c) { return to << c.kernels << " kernels, " << c.bytes << " bytes"; }
};
template <class Body> cost cost_of_program(Body body) {
  const auto r = plan_of([=](builder& b) {
    const ref x = placeholder_in(b, "x", shape(rows, columns)), y = placeholder_in(b, "y", shape(rows, columns)), gain = placeholder_in(b, "g", shape(columns));
    return body(b, x, y, gain);
  });
  return {r.plan.kernels.size(), bytes_of(r.graph, r.plan, {})};
}

}  // namespace

TEST_CASE("movement: chains read their operands and write their results") {
  CHECK(cost_of_program([](builder&, ref x, ref y, ref) { return relu(x * y + x) * y - x; }) == cost{1, 3 * matrix});
  CHECK(cost_of_program([](builder& b, ref x, ref y, ref) {
    const ref f = sum(relu(x * y + x) * y - x), dx = add_derivative(b, f, x), dy = add_derivative(b, f, y);
    return std::array{f, dx, dy};
  }) == cost{1, 4 * matrix + 4});
  CHECK(cost_of_program([](builder& b, ref x, ref y, ref gain) {
    const ref f = sum(x * y + gain), dx = add_derivative(b, f, x), dy = add_derivative(b, f, y);
    return std::array{f, dx, dy};
  }) == cost{1, 4 * matrix + row + 4});
  // ones for z are written on the way
  CHECK(cost_of_program([](builder& b, ref x, ref y, ref) {
    const ref z = placeholder_in(b, "z", shape(rows, columns)), f = sum(x * y + z), dx = add_derivative(b, f, x), dz = add_derivative(b, f, z);
    return std::array{f, dx, dz};
  }) == cost{1, 5 * matrix + 4});
}
TEST_CASE("movement: reductions read once") {
  CHECK(cost_of_program([](builder&, ref x, ref y, ref) { return std::array{sum(x * y), max(x), min(y)}; }) == cost{1, 2 * matrix + 3 * 4});
  CHECK(cost_of_program([](builder&, ref x, ref, ref) { return variance<1>(x); }) == cost{1, matrix + column});
  CHECK(cost_of_program([](builder&, ref x, ref, ref) { return variance<0>(x); }) == cost{1, matrix + row});
}
TEST_CASE("movement: passes over rows read and write once") {
  CHECK(cost_of_program([](builder&, ref x, ref, ref) { return softmax(x); }) == cost{1, 2 * matrix});
  CHECK(cost_of_program([](builder&, ref x, ref, ref) { return log_softmax(x); }) == cost{1, 2 * matrix});
  // the loss of each row waits for their mean
  CHECK(cost_of_program([](builder& b, ref x, ref y, ref) {
    const ref loss = mean(-sum<1>(log_softmax(x) * y)), dx = add_derivative(b, loss, x);
    return std::array{loss, dx};
  }) == cost{2, 3 * matrix + 2 * column + 4});
  // at this size the sums across rows are a kernel of their own
  CHECK(cost_of_program([](builder& b, ref x, ref y, ref gain) {
    const ref centred = x - mean<1>(x, keepdims), z = centred * rsqrt(mean<1>(square(centred), keepdims) + 1e-5) * gain, f = sum(z * y);
    const ref dx = add_derivative(b, f, x);
    return std::array{z, dx};
  }) == cost{1, 4 * matrix + row});
}
TEST_CASE("movement: a layer's bias and activation, and the update of its weights, run by the product's blocks") {
  const auto layer = plan_of([](builder& b) {
    const ref x = placeholder_in(b, "x", shape(64, 1000)), w = variable_in(b, "w", shape(1000, 128)), bias = variable_in(b, "b", shape(128));
    return relu(matmul(x, w) + bias);
  });
  CHECK(layer.plan.kernels.size() == 2);
  const auto update = plan_of([](builder& b) {
    const ref x = placeholder_in(b, "x", shape(64, 1000)), g = placeholder_in(b, "g", shape(64, 128)), w = variable_in(b, "w", shape(1000, 128));
    const ref scaled = matmul(matrix_transpose(x), g) * 0.5;
    b.graph.assignments.push_back({w.id, (w - scaled).id});
    return sum(g);
  });
  CHECK(update.plan.kernels.size() == 3);
}
TEST_CASE("movement: what is joined or padded is computed in its place") {
  CHECK(cost_of_program([](builder&, ref x, ref y, ref) { return detail::concat(exp(x), x * y, 1); }) == cost{2, 2 * matrix + 2 * matrix});
  CHECK(cost_of_program([](builder&, ref x, ref y, ref) { return detail::concat(exp(x), y, 0); }) == cost{2, 2 * matrix + 2 * matrix});
  CHECK(cost_of_program([](builder&, ref x, ref, ref) { return detail::pad(exp(x), 0, 2, 1, 0); }) == cost{2, 2 * matrix + 3 * row});
  CHECK(cost_of_program([](builder&, ref x, ref y, ref) { return detail::concat(detail::concat(exp(x), exp(y), 0), x - y, 0); }).kernels == 3);
  const auto text = plan_text([](builder& b) {
    const ref x = placeholder_in(b, "x", shape(4, 64)), w = placeholder_in(b, "w", shape(64, 64)), both = detail::concat(matmul(x, w), exp(x), 1);
    return std::array{both, apply<reshape_op>({.target = shape(256)}, exp(x))};
  });
  // %2 is also read as one row, which needs it to stand alone
  CHECK(text ==
        "kernel 0: map over (4, 64): exp; reads %0; writes %2\n"
        "kernel 1: matmul (4, 64); reads %0 %1; writes %3\n"
        "kernel 2: concat (4, 128); reads %3 in place %2; writes %4\n"
        "kernel 3: map over (256,): copy; reads %5 (read in another order); writes %6\n");
}
TEST_CASE("movement: views move nothing") {
  CHECK(cost_of_program([](builder&, ref x, ref y, ref) { return matrix_transpose(x) * matrix_transpose(y); }) == cost{1, 3 * matrix});
  CHECK(cost_of_program([](builder&, ref x, ref, ref) { return tapeless::detail::slice(x, 1, 0, dim(10)) * 2.0; }) == cost{1, 2 * 10 * column});
}
