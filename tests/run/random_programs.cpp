// Programs as diverse as they come, on both backends, for many values of their dims.
#include "support/backends.hpp"

#include <memory>

using namespace checks;

namespace {

constexpr tl::placeholder<"x", float, "N"_d, "M"_d> x;
constexpr tl::placeholder<"y", float, "N"_d, "M"_d> y;
constexpr tl::placeholder<"t", float, 2, "N"_d, "M"_d> t;
constexpr tl::placeholder<"row", float, "M"_d> row;
constexpr tl::placeholder<"one_row", float, 1, "M"_d> one_row;
constexpr tl::placeholder<"column", float, "N"_d, 1> column;
constexpr tl::placeholder<"w", float, "M"_d, 3> w;
constexpr tl::placeholder<"d", double, "N"_d, "M"_d> d;
constexpr tl::placeholder<"i", std::int32_t, "N"_d, "M"_d> i;
constexpr tl::placeholder<"mask", bool, "N"_d, "M"_d> mask;

struct inputs {
  std::int64_t n, m;
  std::vector<float> numbers = points<float>(-1, 1, static_cast<std::size_t>(4 * n * m + n + 4 * m + 8), static_cast<unsigned>(n * 100 + m));
  std::vector<double> doubles = points<double>(-1, 1, static_cast<std::size_t>(n * m), 5);
  std::vector<std::int32_t> integers = points<std::int32_t>(-9, 9, static_cast<std::size_t>(n * m), 6);
  std::unique_ptr<bool[]> bools = [this] {
    auto b = std::make_unique<bool[]>(static_cast<std::size_t>(n * m) + 1);
    for (std::int64_t k = 0; k < n * m; ++k) b[static_cast<std::size_t>(k)] = numbers[static_cast<std::size_t>(k)] > 0.1f;
    return b;
  }();

  template <class... Extents> auto part(std::int64_t from, Extents... extents) const { return tl::view(numbers.data() + from, extents...); }
};

template <class Fetches, class Run> void check_all(Fetches fetches, Run run, double tolerance = 2e-6) {
  std::apply([&](auto... f) {
    both_backends both(f...);
    for (const std::int64_t n : {0, 1, 2, 3, 17, 33})
      for (const std::int64_t m : {0, 1, 2, 5, 15, 16, 17, 32, 70}) {
        CAPTURE(n);
        CAPTURE(m);
        const inputs in{n, m};
        expect(run(both, in, tolerance));
      }
  }, fetches);
}

}  // namespace

TEST_CASE("programs: broadcasts over outer, middle and inner axes") {
  constexpr auto z = t * one_row + x * column - row;
  constexpr auto loss = tl::sum(z * z);
  check_all(std::tuple(z, tl::derivative(loss, t), tl::derivative(loss, one_row), tl::derivative(loss, column), tl::derivative(loss, row)),
            [](auto& both, const inputs& in, double tolerance) {
              return both.compare(tolerance, t = in.part(0, 2, in.n, in.m), one_row = in.part(3, 1, in.m), x = in.part(5, in.n, in.m),
                                  column = in.part(1, in.n, 1), row = in.part(2, in.m));
            });
}
TEST_CASE("programs: broadcasts along a merged outer loop") {
  constexpr auto z = tl::exp(t * one_row);
  check_all(std::tuple(z, tl::sum<0, 1>(z), tl::sum<2>(z)), [](auto& both, const inputs& in, double tolerance) {
    return both.compare(tolerance, t = in.part(0, 2, in.n, in.m), one_row = in.part(3, 1, in.m));
  });
}
TEST_CASE("programs: reductions over each set of axes") {
  constexpr auto z = t * t - x;
  check_all(std::tuple(tl::sum(z), tl::sum<0>(z), tl::sum<1>(z), tl::sum<2>(z), tl::sum<0, 1>(z), tl::sum<0, 2>(z), tl::sum<1, 2>(z),
                       tl::max<1>(z, tl::keepdims), tl::min<0, 2>(z, tl::keepdims)),
            [](auto& both, const inputs& in, double tolerance) {
              return both.compare(tolerance, t = in.part(0, 2, in.n, in.m), x = in.part(5, in.n, in.m));
            });
}
TEST_CASE("programs: normalisation by rows and by columns") {
  constexpr auto centred = x - tl::sum<1>(x, tl::keepdims) * 0.1_c;
  constexpr auto scaled = centred / tl::sqrt(tl::sum<1>(centred * centred, tl::keepdims) + 1_c) * row + tl::sum<0>(y);
  constexpr auto loss = tl::sum(scaled * y);
  check_all(std::tuple(scaled, loss, tl::derivative(loss, x), tl::derivative(loss, row), tl::derivative(loss, y)),
            [](auto& both, const inputs& in, double tolerance) {
              return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), row = in.part(2, in.m));
            }, 5e-6);
}
TEST_CASE("programs: row steps read operands of their own") {
  constexpr auto z = (tl::sum<1>(x * y, tl::keepdims) + column) * column - tl::max<1>(x, tl::keepdims);
  constexpr auto loss = tl::sum(z);
  check_all(std::tuple(z, loss, tl::derivative(loss, column), tl::derivative(loss, y)), [](auto& both, const inputs& in, double tolerance) {
    return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), column = in.part(1, in.n, 1));
  }, 1e-5);
}
TEST_CASE("programs: columns and what follows them") {
  constexpr auto z = tl::sqrt(tl::sum<0>(x * x) + 1_c) * row + tl::max<0>(y);
  constexpr auto loss = tl::sum(z * z);
  check_all(std::tuple(z, tl::derivative(loss, x), tl::derivative(loss, row)), [](auto& both, const inputs& in, double tolerance) {
    return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), row = in.part(2, in.m));
  });
}
TEST_CASE("programs: views") {
  constexpr auto z = tl::exp(tl::transpose(x)) + tl::transpose(y) * 2_c;
  constexpr auto flat = tl::reshape<-1>(tl::transpose(w)) * 3_c;
  constexpr auto first = tl::slice<0, 0, -1>(tl::pad<0, 1, 1>(y)) * 2_c;
  constexpr auto both_of_them = tl::concat<0>(x, y, x);
  constexpr auto loss = tl::sum(flat * flat);
  check_all(std::tuple(flat, first, both_of_them, loss, tl::sum<0>(z), tl::sum<1>(z)), [](auto& both, const inputs& in, double tolerance) {
    return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), w = in.part(4, in.m, 3));
  });
}
TEST_CASE("programs: choices, comparisons and reductions of bools") {
  constexpr auto z = tl::where(mask, x, y * y);
  constexpr auto flag = (x < y) || mask;
  check_all(std::tuple(z, flag, tl::any<1>(flag), tl::all<0>(flag), tl::any(flag), tl::all(flag, tl::keepdims), tl::derivative(tl::sum(z), y)),
            [](auto& both, const inputs& in, double tolerance) {
              return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), mask = tl::view(in.bools.get(), in.n, in.m));
            });
}
TEST_CASE("programs: dtypes of several widths") {
  constexpr auto z = tl::cast<double>(tl::exp(x)) * d + tl::cast<double>(i);
  constexpr auto integers = i * i - tl::sum<1>(i, tl::keepdims);
  constexpr auto loss = tl::sum(z * z);
  check_all(std::tuple(z, tl::cast<float>(z) * x, integers, tl::sum<0>(integers), tl::cast<bool>(i), tl::sum(tl::cast<std::int64_t>(i)),
                       tl::derivative(loss, x), tl::derivative(loss, d)),
            [](auto& both, const inputs& in, double tolerance) {
              return both.compare(tolerance, x = in.part(0, in.n, in.m), d = tl::view(in.doubles.data(), in.n, in.m),
                                  i = tl::view(in.integers.data(), in.n, in.m));
            });
}
TEST_CASE("programs: products, batched and broadcast") {
  constexpr auto z = tl::matmul(t, w);
  constexpr auto gram = tl::matmul(tl::transpose(x), y);
  constexpr auto loss = tl::sum(tl::tanh(z)) + tl::sum(gram * gram);
  check_all(std::tuple(z, gram, tl::matmul(x, tl::broadcast_to<2, "M"_d, 4>(tl::cast<float>(0.5_c))),
                       tl::derivative(loss, t), tl::derivative(loss, w), tl::derivative(loss, x)),
            [](auto& both, const inputs& in, double tolerance) {
              return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), t = in.part(0, 2, in.n, in.m),
                                  w = in.part(4, in.m, 3));
            }, 1e-5);
}
TEST_CASE("programs: means over dynamic dims, and losses") {
  constexpr auto loss = tl::mean(tl::square(tl::softmax(x) - y));
  check_all(std::tuple(loss, tl::derivative(loss, x), tl::mean<0>(x), tl::logsumexp<1>(x), tl::arg_max<1>(x)),
            [](auto& both, const inputs& in, double tolerance) {
              if (in.m == 0 || in.n == 0) return faults();
              return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m));
            }, 1e-5);
}
