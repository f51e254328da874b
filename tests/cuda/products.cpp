// Matrix products by a device's kernel, run on the host.
#include "support/kernels_on_host.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <random>

namespace checks {

using namespace tl::literals;

namespace {

template <class T> std::vector<T> numbers(std::int64_t n, unsigned seed) {
  std::mt19937 draw(seed);
  std::vector<T> x(static_cast<std::size_t>(n));
  for (auto& e : x) e = static_cast<T>(static_cast<int>(draw() % 19) - 9);
  return x;
}

}  // namespace

TEST_CASE_TEMPLATE("products of all extents, transposed operands, slices of the depth", T, float, double, std::int32_t) {
  constexpr tl::placeholder<"a", T, "M"_d, "K"_d> a;
  constexpr tl::placeholder<"b", T, "K"_d, "N"_d> b;
  constexpr tl::placeholder<"c", T, "K"_d, "M"_d> c;
  constexpr tl::placeholder<"d", T, "N"_d, "K"_d> d;
  kernels_and_reference both(tl::matmul(a, b), tl::matmul(tl::transpose(c), b), tl::matmul(a, tl::transpose(d)), tl::matmul(tl::transpose(c), tl::transpose(d)));
  struct extents { std::int64_t m, n, k; };
  for (const auto& [m, n, k] : {extents{1, 1, 1}, {0, 3, 2}, {3, 2, 0}, {5, 7, 3}, {64, 64, 16}, {65, 130, 33}, {8, 12, 520}, {1, 68, 1030}, {68, 1, 36}, {20, 24, 28}}) {
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(k);
    const auto as = numbers<T>(m * k, 1), bs = numbers<T>(k * n, 2), cs = numbers<T>(k * m, 3), ds = numbers<T>(n * k, 4);
    CHECK(both.distance(a = tl::view(as.data(), m, k), b = tl::view(bs.data(), k, n), c = tl::view(cs.data(), k, m), d = tl::view(ds.data(), n, k)) == 0);
  }
}

TEST_CASE("batches that broadcast, parts of matrices") {
  constexpr tl::placeholder<"a", float, "B"_d, 3, 9, 20> a;
  constexpr tl::placeholder<"b", float, 3, 20, 8> b;
  constexpr tl::placeholder<"c", float, "B"_d, 1, 20, 5> c;
  kernels_and_reference both(tl::matmul(a, b), tl::matmul(a, c), tl::matmul(tl::slice<3, 1, 18>(a), tl::slice<1, 0, 17>(b)), tl::matmul(tl::transpose<0, 2, 1, 3>(a), tl::slice<2, 0, 20>(c)));
  for (const std::int64_t n : {1, 2, 5}) {
    const auto as = numbers<float>(n * 540, 1), bs = numbers<float>(480, 2), cs = numbers<float>(n * 100, 3);
    CHECK(both.distance(a = tl::view(as.data(), n, 3, 9, 20), b = tl::view(bs.data(), 3, 20, 8), c = tl::view(cs.data(), n, 1, 20, 5)) == 0);
  }
}

TEST_CASE("large tiles are the same sums; a mistaken operand is seen") {
  const std::int64_t m = 150, n = 260, k = 44;
  const auto as = numbers<float>(m * k, 1), bs = numbers<float>(k * n, 2);
  std::vector<float> y(static_cast<std::size_t>(m * n)), z = y;
  queue_on_host queue;
  const std::int64_t description[]{0, 2, m, k, k, 1, 0, 2, k, n, n, 1, 0, 2, m, n, n, 1};
  void* tensors[]{const_cast<float*>(as.data()), const_cast<float*>(bs.data()), y.data()};
  const auto s = tl::device::matrices_of<float>(tl::device::read_product(description, {}), tensors);
  tl::device::launch_on<tl::device::tile_kernel<tl::device::matrices<float>, 128>>(queue, {s, 1, k, nullptr});
  int wrong = 0, mistaken = 0;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t l = 0; l < k; ++l) sum += static_cast<double>(as[static_cast<std::size_t>(i * k + l)]) * static_cast<double>(bs[static_cast<std::size_t>(l * n + j)]);
      wrong += static_cast<double>(y[static_cast<std::size_t>(i * n + j)]) != sum;
    }
  CHECK(wrong == 0);
  auto turned = s;
  turned.result = z.data();
  std::swap(turned.right_depth, turned.right_column);
  turned.order_b = tl::device::tile_order::along_side, turned.columns = k;
  tl::device::launch_on<tl::device::tile_kernel<tl::device::matrices<float>, 128>>(queue, {turned, 1, k, nullptr});
  for (std::size_t i = 0; i < 100; ++i) mistaken += y[i] != z[i];
  CHECK(mistaken > 0);
}

}  // namespace checks
