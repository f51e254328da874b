#include "support/plan_faults.hpp"

using namespace tapeless;
using namespace tapeless::test;

namespace {

constexpr dim N{symbol("N")};

/// Operands are named one by one: compilers differ in which of two they make first.
struct leaves {
  explicit leaves(builder& b)
      : x(placeholder_in(b, "x", shape(N, 10))), y(placeholder_in(b, "y", shape(N, 10))), bias(placeholder_in(b, "b", shape(10))), w(placeholder_in(b, "w", shape(10, 10))) {}
  ref x, y, bias, w;
};

template <class Body> std::string kernels(Body body) {
  return plan_text([=](builder& b) { return body(b, leaves(b)); });
}

}  // namespace

TEST_CASE("fusion: a chain is one kernel, broadcasts and all") {
  CHECK(kernels([](builder&, leaves in) { return exp(in.x * in.y + in.bias) * 2.0; }) ==
        "kernel 0: map over (N, 10): mul add exp mul; reads %0 %1 %2; writes %7\n");
}
TEST_CASE("fusion: a chain with several outputs is one kernel") {
  CHECK(kernels([](builder&, leaves in) {
    const ref a = exp(in.x), c = a * in.y;
    return std::array{a, c, c - a};
  }) ==
        "kernel 0: map over (N, 10): exp mul sub; reads %0 %1; writes %2 %3 %4\n");
}
TEST_CASE("fusion: expressions that share an operand share a kernel") {
  CHECK(kernels([](builder&, leaves in) { return std::array{exp(in.x), in.x * 2.0, exp(in.y)}; }) ==
        "kernel 0: map over (N, 10): exp mul; reads %0; writes %2 %4\n"
        "kernel 1: map over (N, 10): exp; reads %1; writes %5\n");
}
TEST_CASE("fusion: a reduction takes the chain before it along") {
  CHECK(kernels([](builder&, leaves in) {
    const ref e = exp(in.x);
    return sum<1>(e * in.y);
  }) ==
        "kernel 0: rows over (N, 10): exp mul sum; reads %0 %1; writes %4\n");
  CHECK(kernels([](builder&, leaves in) { return sum<0>(in.x * in.y); }) ==
        "kernel 0: columns over (N, 10): mul sum; reads %0 %1; writes %3\n");
  CHECK(kernels([](builder&, leaves in) { return sum(in.x * in.y); }) ==
        "kernel 0: rows over (N, 10): mul sum; reads %0 %1; writes %3\n");
  CHECK(kernels([](builder& b, leaves) { return sum<1>(placeholder_in(b, "t", shape(3, N, 5))); }) ==
        "kernel 0: columns over (3, N, 5): sum; reads %0; writes %1\n");
}
TEST_CASE("fusion: what follows a reduction by row stands in its kernel") {
  CHECK(kernels([](builder&, leaves in) { return sqrt(sum(square(in.x))); }) ==
        "kernel 0: rows over (N, 10): square sum sqrt; reads %0; writes %3\n");
  CHECK(kernels([](builder& b, leaves in) {
    const ref squares = sum<1>(square(in.x)), total = sum<1>(in.x), ratio = squares / total;
    return ratio + placeholder_in(b, "r", shape(N));
  }) ==
        "kernel 0: rows over (N, 10): square sum sum div add; reads %0 %1; writes %6\n");
}
TEST_CASE("fusion: softmax") {
  CHECK(kernels([](builder&, leaves in) {
    const ref e = exp(in.x - max<1>(in.x, keepdims));
    return e / sum<1>(e, keepdims);
  }) ==
        "kernel 0: rows over (N, 10): max | sub exp sum | div; reads %0; writes %5\n");
}
TEST_CASE("fusion: what costs little is computed again by later passes, what costs much is kept") {
  // sub stands in both passes, exp in one
  CHECK(kernels([](builder&, leaves in) {
    const ref centred = in.x - max<1>(in.x, keepdims), e = exp(in.x), total = sum<1>(e + centred, keepdims);
    return e * centred / total;
  }) ==
        "kernel 0: rows over (N, 10): max | sub exp add sum | sub mul div; reads %0; writes %7\n");
}
TEST_CASE("fusion: normalisation with its gradients, sums across the rows among them, is one kernel") {
  CHECK(kernels([](builder& b, leaves in) {
    const ref centred = in.x - mean<1>(in.x, keepdims);
    const ref y = centred / sqrt(mean<1>(square(centred), keepdims) + 1e-5) * in.bias;
    const ref loss = sum(y * in.y);
    return std::array{loss, add_derivative(b, loss, in.x), add_derivative(b, loss, in.bias)};
  }) ==
        "kernel 0: rows over (N, 10): sum div | sub square sum div add sqrt mul | sub div mul mul mul div mul neg sum div div | "
        "sub mul mul add neg sum div | mul sum across add; reads %0 %2 %1; writes %15 %19 %36\n"
        "kernel 1: rows over (N, 10): sum; reads %15 (reduced over other axes); writes %16\n");
}
TEST_CASE("fusion: sums across the rows are taken with them where reading again would cost more") {
  const auto both = [](std::int64_t rows) {
    return kernels([=](builder& b, leaves) {
      const ref x = placeholder_in(b, "t", shape(rows, 1024)), dy = placeholder_in(b, "u", shape(rows, 1024)), bias_gradient = sum<0>(dy);
      return std::array{bias_gradient, dy / sum<1>(square(x), keepdims)};
    });
  };
  CHECK(both(64) ==
        "kernel 0: columns over (64, 1024): sum; reads %1; writes %2\n"
        "kernel 1: rows over (64, 1024): square sum | div; reads %0 %1; writes %5\n");
  CHECK(both(4096) ==
        "kernel 0: rows over (4096, 1024): square sum | sum across div; reads %1 %0; writes %2 %5 past the caches\n");
}
TEST_CASE("fusion: a vector times a low matrix, and what is made of it times the same, is one kernel") {
  const auto there_and_back = [](std::int64_t rows) {
    return kernels([=](builder& b, leaves) {
      const ref m = placeholder_in(b, "m", shape(rows, 600)), v = placeholder_in(b, "v", shape(1, rows)), s = placeholder_in(b, "s", shape());
      const ref y = exp(matmul(v, m)), z = y * exp(s);
      return std::array{sum(z), matmul(z, transpose(m))};
    });
  };
  CHECK(there_and_back(8) ==
        "kernel 0: map over (): exp; reads %2; writes %7\n"
        "kernel 1: columns over (8, 600): mul sum exp mul | sum across mul sum across; reads %0 %3 %7 (loops over another shape); writes %9 %11\n"
        "kernel 2: map over (1, 8): copy; reads %12 (a sum across all rows); writes %13\n");
  CHECK(there_and_back(200) ==  // too high for its columns to stay in the first cache
        "kernel 0: map over (): exp; reads %2; writes %5\n"
        "kernel 1: matmul (1, 600); reads %1 %0; writes %3\n"
        "kernel 2: rows over (1, 600): exp mul sum; reads %3 %5 (loops over another shape); writes %6 in place of %3 %7\n"
        "kernel 3: matmul (1, 200); reads %6 %0; writes %8\n");
}
TEST_CASE("fusion: what is read again soon is not written past the caches") {
  const auto chain = [](std::int64_t rows) {
    return kernels([=](builder& b, leaves) {
      const ref x = placeholder_in(b, "t", shape(rows, 1024));
      return exp(x) * x;
    });
  };
  CHECK(chain(2048) == "kernel 0: map over (2048, 1024): exp mul; reads %0; writes %2\n");
  CHECK(chain(8192) == "kernel 0: map over (8192, 1024): exp mul; reads %0; writes %2 past the caches\n");
  // nor what stands in the cache because it has just been read
  CHECK(kernels([](builder& b, leaves) {
    const ref v = variable_in(b, "v", shape(8192, 1024)), g = placeholder_in(b, "g", shape(8192, 1024));
    b.graph.assignments.push_back({v.id, (v - g * 0.5).id});
    return sum(g);
  }) ==
        "kernel 0: rows over (8192, 1024): mul sub sum; reads %1 %0; writes %4 -> v %5\n");
}
TEST_CASE("fusion: what each row needs before its passes is computed with them") {
  CHECK(kernels([](builder& b, leaves in) {
    const ref labels = placeholder_in(b, "l", shape(N), dtype::i32), valid = labels >= 0.0;
    const ref rows = sum<1>(in.x);
    return in.x * expand_dims<-1>(where(valid, rows, 1.0));
  }) ==
        "kernel 0: rows over (N, 10): (greater_equal) sum where | mul; reads %1 %0; writes %8\n");
  // not where another kernel has read it already
  CHECK(kernels([](builder& b, leaves in) {
    const ref r = placeholder_in(b, "r", shape(N, 1)), scale = exp(r), y = in.y * scale;
    const ref columns = sum<0>(y), shares = in.x / sum<1>(in.x, keepdims);
    return std::array{columns, shares * scale};
  }) ==
        "kernel 0: map over (N, 1): exp; reads %2; writes %3\n"
        "kernel 1: rows over (N, 10): sum | div; reads %0; writes %7\n"
        "kernel 2: columns over (N, 10): mul sum mul; reads %1 %3 (loops over another shape) %7 (reduced over other axes); writes %5 %8 in place of %7\n");
}
TEST_CASE("fusion: numbers that count an axis are there before the first kernel") {
  CHECK(kernels([](builder& b, leaves in) {
    const ref labels = placeholder_in(b, "l", shape(N), dtype::i32);
    return in.x * cast<float>(detail::is_index(labels, 10));
  }) ==
        "kernel 0: map over (N, 10): equal cast_float mul; reads %3 %2 %0; writes %6\n");
}
TEST_CASE("fusion: passes over columns") {
  CHECK(kernels([](builder& b, leaves) {
    const ref x = placeholder_in(b, "t", shape(32, N));
    return x / sum<0>(x, keepdims);
  }) ==
        "kernel 0: columns over (32, N): sum | div; reads %0; writes %2\n");
}
TEST_CASE("fusion: rows longer than the cache are passed over by kernels of their own") {
  CHECK(kernels([](builder& b, leaves) {
    const ref x = placeholder_in(b, "t", shape(4, 100000));
    return x / sum<1>(x, keepdims);
  }) ==
        "kernel 0: rows over (4, 100000): sum; reads %0; writes %1\n"
        "kernel 1: map over (4, 100000): div; reads %0 %1 (rows longer than the cache); writes %2\n");
  CHECK(kernels([](builder&, leaves in) { return in.x / sum(in.x); }) ==
        "kernel 0: rows over (N, 10): sum; reads %0; writes %1\n"
        "kernel 1: map over (N, 10): div; reads %0 %1 (all of it is needed before); writes %2\n");
}
TEST_CASE("fusion: nothing is written over before the last pass has read it") {
  // the square is written in the first pass and x is read in the second
  CHECK(kernels([](builder&, leaves in) {
    const ref x = transpose(matmul(in.x, in.w)), s = square(x);
    return std::array{s, x / sum<1>(s, keepdims)};
  }) ==
        "kernel 0: matmul (10, N); reads %1 %0; writes %2\n"
        "kernel 1: rows over (10, N): square sum | div; reads %2; writes %3 %5 in place of %2\n");
}
TEST_CASE("fusion: mean squared error with its gradient") {
  CHECK(kernels([](builder& b, leaves in) {
    const ref loss = mean(square(in.x - in.y));
    return std::array{loss, add_derivative(b, loss, in.x)};
  }) ==
        "kernel 0: map over (): div; reads %2; writes %8\n"
        "kernel 1: rows over (N, 10): sub square sum div mul mul; reads %0 %1 %2 %8 (loops over another shape); writes %6 %11\n");
}
TEST_CASE("fusion: matrix products split chains") {
  CHECK(kernels([](builder&, leaves in) {
    const ref e = exp(in.x);
    return exp(matmul(e, in.w) + in.bias);
  }) ==
        "kernel 0: map over (N, 10): exp; reads %0; writes %3\n"
        "kernel 1: matmul (N, 10); reads %3 %2; writes %4\n"
        "kernel 2: map over (N, 10): add exp; reads %1 %4; writes %6 in place of %4\n");
}
TEST_CASE("fusion: elements of 4 and 8 bytes do not mix in a kernel, but bools mix with both") {
  CHECK(kernels([](builder& b, leaves in) {
    const ref d = placeholder_in(b, "d", shape(N, 10), dtype::f64);
    return cast<double>(exp(in.x)) * d;
  }) ==
        "kernel 0: map over (N, 10): exp; reads %0; writes %2\n"
        "kernel 1: map over (N, 10): cast_double; reads %2 (elements of another size); writes %3\n"
        "kernel 2: map over (N, 10): mul; reads %1 %3 (elements of another size); writes %4 in place of %3\n");
  CHECK(kernels([](builder&, leaves in) { return where(in.x < in.y, in.x, 0.0); }) ==
        "kernel 0: map over (N, 10): less where; reads %0 %1; writes %4\n");
}
TEST_CASE("fusion: reductions over different axes, and of a view, read what was written") {
  CHECK(kernels([](builder&, leaves in) {
    const ref e = exp(in.x);
    return std::array{sum<1>(e), sum<0>(e), sum<1>(matrix_transpose(e))};
  }) ==
        "kernel 0: rows over (N, 10): exp sum sum across; reads %0; writes %1 %2 %3\n"
        "kernel 1: rows over (10, N): sum; reads %4 (read in another order); writes %5\n");
}
TEST_CASE("fusion: updates are written to their variables where nothing reads the old value later") {
  CHECK(plan_text([](builder& b) {
    const ref v = variable_in(b, "v", shape(8)), w = variable_in(b, "w", shape(8)), g = placeholder_in(b, "g", shape(8));
    const ref momentum = v * 0.9 + g;
    add_assignment(b, v, momentum);
    add_assignment(b, w, w - momentum);
    return sum(w);
  }) ==
        "kernel 0: rows over (8,): mul add sub sum; reads %0 %2 %1; writes %5 -> v %6 -> w %7\n");
  CHECK(plan_text([](builder& b) {
    const ref v = variable_in(b, "v", shape(8)), w = variable_in(b, "w", shape(8));
    add_assignment(b, v, w);
    add_assignment(b, w, v);
    return sum(v);
  }) ==
        "kernel 0: rows over (8,): sum copy; reads %0; writes %2 %4\n"
        "kernel 1: map over (8,): copy; reads %1; writes %3 -> v\n");
}
TEST_CASE("fusion: a value assigned to two variables is written to one and copied to the other") {
  const auto r = plan_of([](builder& b) {
    const ref v = variable_in(b, "v", shape(8)), w = variable_in(b, "w", shape(8)), e = exp(placeholder_in(b, "g", shape(8)));
    add_assignment(b, v, e);
    add_assignment(b, w, e);
    return sum(e);
  });
  CHECK(plan_text(r) ==
        "kernel 0: rows over (8,): exp sum; reads %2; writes %3 -> v %4\n");
  REQUIRE(r.plan.commits.size() == 1);
  for (int s : {r.plan.commits[0].variable, r.plan.commits[0].value}) CHECK(r.plan.storages[static_cast<std::size_t>(s)].kind == storage_kind::variable);
}

TEST_CASE("fusion: no kernel reads what a later one writes") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const auto r = plan_graph(random_graph(seed, seed % 2 == 0));
    CAPTURE(seed);
    CAPTURE(plan_text(r));
    REQUIRE(order_faults(r) == "");
  }
}
TEST_CASE("fusion: the checker finds kernels in the wrong order, and lives that end early") {
  auto r = plan_of([](builder& b) { return exp(matmul(exp(leaves(b).x), leaves(b).w)); });
  REQUIRE(r.plan.kernels.size() == 3);
  CHECK(order_faults(r) == "");
  auto swapped = r;
  std::swap(swapped.plan.kernels[0], swapped.plan.kernels[1]);
  CHECK(order_faults(swapped).find("reads what is not written yet") != std::string::npos);
  auto dead = r;
  for (auto& s : dead.plan.storages) s.last_kernel = s.first_kernel;
  CHECK(order_faults(dead).find("reads what is dead") != std::string::npos);
}
TEST_CASE("fusion: a loop over a product runs by its blocks") {
  const auto kernels_of = [](auto body) {
    return plan_text([=](builder& b) {
      const ref x = placeholder_in(b, "x", shape(N, 100)), w = placeholder_in(b, "w", shape(100, 100)), bias = placeholder_in(b, "b", shape(100));
      return body(x, w, bias);
    });
  };
  CHECK(kernels_of([](ref x, ref w, ref bias) { return relu(matmul(x, w) + bias); }) ==
        "kernel 0: matmul (N, 100); reads %0 %1; writes %3\n"
        "kernel 1, by blocks of 0: map over (N, 100): add relu; reads %2 %3; writes %5 in place of %3\n");
  // the product waits for what else the loop reads
  CHECK(kernels_of([](ref x, ref w, ref bias) {
    const ref y = matmul(x, w), total = sum<1>(x, keepdims);
    return y * total + bias;
  }) ==
        "kernel 0: rows over (N, 100): sum; reads %0; writes %4\n"
        "kernel 1: matmul (N, 100); reads %0 %1; writes %3\n"
        "kernel 2, by blocks of 1: map over (N, 100): mul add; reads %3 %4 (waits for another kernel) %2; writes %6 in place of %3\n");
  // of two products only the second has the loop: it reads all of the first
  CHECK(kernels_of([](ref x, ref w, ref) {
    const ref y = matmul(x, w);
    return y + matmul(y, w);
  }) ==
        "kernel 0: matmul (N, 100); reads %0 %1; writes %2\n"
        "kernel 1: matmul (N, 100); reads %2 %1; writes %3\n"
        "kernel 2, by blocks of 1: map over (N, 100): add; reads %2 %3; writes %4 in place of %3\n");
  // what the product reads is not written over while it runs
  CHECK(kernels_of([](ref x, ref w, ref) {
    const ref h = exp(x);
    return h - matmul(h, w) * 0.5;
  }) ==
        "kernel 0: map over (N, 100): exp; reads %0; writes %2\n"
        "kernel 1: matmul (N, 100); reads %2 %1; writes %3\n"
        "kernel 2, by blocks of 1: map over (N, 100): mul sub; reads %3 %2 (waits for another kernel); writes %6 in place of %3\n");
  // a loop that reads the product in another order needs all of it
  CHECK(kernels_of([](ref, ref w, ref) {
    const ref y = matmul(w, w);
    return y - transpose(y);
  }) ==
        "kernel 0: matmul (100, 100); reads %0 %0; writes %1\n"
        "kernel 1: map over (100, 100): sub; reads %1 %2; writes %3\n");
}
