// Programs over named dims, of few and of many elements, on Thrust beside the reference: rows, columns, chunks of long ones, and
// what adds up across them.
#include "support/backends.hpp"
#include "support/thrust_systems.hpp"

#include <memory>

using namespace checks;

namespace {

constexpr tl::placeholder<"x", float, "N"_d, "M"_d> x;
constexpr tl::placeholder<"y", float, "N"_d, "M"_d> y;
constexpr tl::placeholder<"t", float, 2, "N"_d, "M"_d> t;
constexpr tl::placeholder<"row", float, "M"_d> row;
constexpr tl::placeholder<"column", float, "N"_d, 1> column;
constexpr tl::placeholder<"i", std::int32_t, "N"_d, "M"_d> i;
constexpr tl::placeholder<"d", double, "N"_d, "M"_d> d;

struct inputs {
  std::int64_t n, m;
  std::vector<float> numbers = points<float>(-1, 1, static_cast<std::size_t>(4 * n * m + n + 4 * m + 8), static_cast<unsigned>(n * 100 + m));
  std::vector<double> doubles = points<double>(-1, 1, static_cast<std::size_t>(n * m), 5);
  std::vector<std::int32_t> integers = points<std::int32_t>(-9, 9, static_cast<std::size_t>(n * m), 6);
  template <class... Extents> auto part(std::int64_t from, Extents... extents) const { return tl::view(numbers.data() + from, extents...); }
};

template <class System, class Fetches, class Run> void check(Fetches fetches, Run run, double tolerance) {
  std::apply([&]<class... F>(F...) {
    auto both = std::make_unique<beside_reference<tl::thrust<System>, F...>>();
    for (const auto& extents : {std::pair<std::int64_t, std::int64_t>{0, 3}, {3, 0}, {1, 1}, {2, 5}, {17, 16}, {70, 33}, {1, 9001}, {3, 5000}, {5000, 3}, {9001, 1}, {40, 300}}) {
      const auto n = extents.first, m = extents.second;  // with OpenMP, clang 16 captures no structured bindings
      CAPTURE(n);
      CAPTURE(m);
      const inputs in{n, m};
      expect(run(*both, in, tolerance));
    }
  }, fetches);
}
template <class Fetches, class Run> void check_all(Fetches fetches, Run run, double tolerance = 4e-6) {
  check<tl::systems::omp>(fetches, run, tolerance);
  check<like_a_card>(fetches, run, tolerance);
}

}  // namespace

TEST_CASE("Thrust: reductions over each set of axes") {
  constexpr auto z = t * t - x;
  check_all(std::tuple(tl::sum(z), tl::sum<0>(z), tl::sum<1>(z), tl::sum<2>(z), tl::sum<0, 1>(z), tl::sum<0, 2>(z), tl::sum<1, 2>(z), tl::max<1>(z, tl::keepdims), tl::min<0, 2>(z, tl::keepdims)),
            [](auto& both, const inputs& in, double tolerance) { return both.compare(tolerance, t = in.part(0, 2, in.n, in.m), x = in.part(5, in.n, in.m)); });
}
TEST_CASE("Thrust: normalisation of rows with what adds up across them") {
  constexpr auto centred = x - tl::sum<1>(x, tl::keepdims) * 0.1_c;
  constexpr auto scaled = centred / tl::sqrt(tl::sum<1>(centred * centred, tl::keepdims) + 1_c) * row + tl::sum<0>(y);
  constexpr auto loss = tl::sum(scaled * y);
  check_all(std::tuple(scaled, loss, tl::derivative(loss, x), tl::derivative(loss, row), tl::derivative(loss, y)),
            [](auto& both, const inputs& in, double tolerance) { return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), row = in.part(2, in.m)); }, 2e-5);
}
TEST_CASE("Thrust: softmax along both axes, with gradients") {
  constexpr auto rows = tl::softmax<1>(x * y);
  constexpr auto columns = tl::softmax<0>(x + column);
  constexpr auto loss = tl::sum(rows * columns * x);
  check_all(std::tuple(rows, columns, loss, tl::derivative(loss, x), tl::derivative(loss, y), tl::derivative(loss, column)),
            [](auto& both, const inputs& in, double tolerance) { return both.compare(tolerance, x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), column = in.part(1, in.n, 1)); }, 2e-5);
}
TEST_CASE("Thrust: other types, transposed operands and parts") {
  constexpr auto turned = tl::transpose(i) * 2_c - tl::transpose(tl::cast<std::int32_t>(x > y));
  constexpr auto joined = tl::concat<1>(d, d * d, tl::cast<double>(i));
  check_all(std::tuple(turned, tl::sum<0>(turned), tl::any<1>(x > y), joined, tl::sum(joined), tl::arg_max<0>(x), tl::arg_min<1>(i)),
            [](auto& both, const inputs& in, double tolerance) {
              return both.compare(tolerance, i = tl::view(in.integers.data(), in.n, in.m), x = in.part(0, in.n, in.m), y = in.part(7, in.n, in.m), d = tl::view(in.doubles.data(), in.n, in.m));
            });
}
TEST_CASE("Thrust: an item that is lost is found out") {
  beside_reference<tl::thrust<loses_the_last_item>, decltype(tl::sum<1>(x))> both;
  const inputs in{70, 33};
  CHECK(!both.compare(4e-6, x = in.part(0, in.n, in.m)).none());
}
