#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <tapeless/backend/simd/gemm.hpp>
#include <type_traits>
#include <vector>
#include <xsimd/xsimd.hpp>

#include <doctest/doctest.h>

namespace {

using std::int64_t;
using tapeless::wide::gemm;
using tapeless::wide::gemm_block_rows;
using tapeless::wide::gemm_share;
using tapeless::wide::gemm_static;
using tapeless::wide::gemm_update;
using tapeless::wide::gemm_workspace;
using tapeless::wide::matrix_layout;
using tapeless::wide::matrix_view;
using tapeless::wide::nothing_finished;

template <class T>
constexpr T poison = std::is_floating_point_v<T> ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::max();

enum class order { rows, columns, scattered };

/// A random matrix in memory of its own, whose strides leave gaps.
template <class T> struct matrix {
  int64_t rows, columns;
  std::vector<T> memory;
  matrix_view<T> view{nullptr, 0, 0};

  matrix(int64_t m, int64_t n, order how, unsigned seed) : rows(m), columns(n) {
    const int64_t gap = static_cast<int64_t>(seed % 3);
    if (how == order::rows) view = {nullptr, n + gap, 1};
    if (how == order::columns) view = {nullptr, 1, m + gap};
    if (how == order::scattered) view = {nullptr, 2 * n + 1, 2};
    const int64_t length = std::max<int64_t>(
        1, 1 + std::max<int64_t>(0, m - 1) * view.row_stride + std::max<int64_t>(0, n - 1) * view.column_stride);
    memory.assign(static_cast<std::size_t>(length), poison<T>);
    view.data = memory.data();
    std::mt19937 random(seed);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j)
        *view.at(i, j) = std::is_floating_point_v<T>
                             ? static_cast<T>(std::uniform_real_distribution<double>(-1, 1)(random))
                             : static_cast<T>(static_cast<int>(random() % 2001) - 1000);
  }
  matrix_view<const T> constant() const { return {view.data, view.row_stride, view.column_stride}; }
};

template <class T>
using product = std::function<void(matrix_view<const T>, matrix_view<const T>, matrix_view<T>, T* workspace)>;

/// What is wrong with C = A . B as `multiply` does it, if anything.
template <class T>
std::string fault_of(int64_t m, int64_t n, int64_t k, order a_order, order b_order, const product<T>& multiply,
                     unsigned seed = 1) {
  const matrix<T> a(m, k, a_order, seed), b(k, n, b_order, seed + 1);
  const int64_t guard = 37, c_stride = n + static_cast<int64_t>(seed % 5), workspace = gemm_workspace<T>(m, n, k);
  const T mark = T(-12345);
  std::vector<T> c(static_cast<std::size_t>(2 * guard + m * c_stride), mark);
  std::vector<T> space(static_cast<std::size_t>(2 * guard + workspace), mark);
  for (int64_t i = 0; i < m; ++i) std::fill_n(c.begin() + guard + i * c_stride, n, poison<T>);
  std::fill_n(space.begin() + guard, workspace, poison<T>);
  multiply(a.constant(), b.constant(), matrix_view<T>{c.data() + guard, c_stride, 1}, space.data() + guard);

  const auto where = [&](const char* what, int64_t i, int64_t j) {
    return std::string(what) + " at " + std::to_string(i) + ", " + std::to_string(j) + " of " + std::to_string(m) +
           " x " + std::to_string(n) + " x " + std::to_string(k) + ", orders " +
           std::to_string(static_cast<int>(a_order)) + ", " + std::to_string(static_cast<int>(b_order));
  };
  for (int64_t s = 0; s < static_cast<int64_t>(space.size()); ++s)
    if ((s < guard || s >= guard + workspace) && space[static_cast<std::size_t>(s)] != mark)
      return where("write outside the workspace", s - guard, 0);
  for (int64_t s = 0; s < static_cast<int64_t>(c.size()); ++s) {
    const int64_t i = (s - guard) / std::max<int64_t>(1, c_stride), j = (s - guard) % std::max<int64_t>(1, c_stride);
    if ((s < guard || i >= m || j >= n) && c[static_cast<std::size_t>(s)] != mark)
      return where("write outside C", i, j);
  }
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      long double sum = 0, magnitude = 0;
      for (int64_t p = 0; p < k; ++p) {
        const long double term =
            static_cast<long double>(*a.view.at(i, p)) * static_cast<long double>(*b.view.at(p, j));
        sum += term;
        magnitude += std::abs(term);
      }
      const long double bound =
          std::is_floating_point_v<T> ? static_cast<long double>(k) * std::numeric_limits<T>::epsilon() * magnitude : 0;
      const long double got = c[static_cast<std::size_t>(guard + i * c_stride + j)];
      if (!(std::abs(got - sum) <= bound)) return where("wrong element", i, j);
    }
  return {};
}

template <class T>
std::string fault_of_gemm(int64_t m, int64_t n, int64_t k, order a_order, order b_order, unsigned seed = 1) {
  return fault_of<T>(
      m, n, k, a_order, b_order, [&](auto a, auto b, auto c, T* workspace) { gemm<T>(m, n, k, a, b, c, workspace); },
      seed);
}

TEST_CASE("the checker finds what is wrong") {
  const auto fault = [](auto spoil) {
    return fault_of<float>(5, 6, 7, order::rows, order::rows, [&](auto a, auto b, auto c, float* workspace) {
      gemm<float>(5, 6, 7, a, b, c, workspace);
      spoil(c, workspace);
    });
  };
  CHECK(fault([](auto, float*) {}) == "");
  CHECK(fault([](auto c, float*) { *c.at(4, 5) += 1e-4f; }).starts_with("wrong element at 4, 5"));
  CHECK(fault([](auto c, float*) { *c.at(0, 0) = poison<float>; }).starts_with("wrong element at 0, 0"));
  CHECK(fault([](auto c, float*) { *c.at(2, 6) = 0; }).starts_with("write outside C at 2, 6"));
  CHECK(fault([](auto c, float*) { *c.at(0, -1) = 0; }).starts_with("write outside C"));
  CHECK(fault([](auto, float* workspace) { workspace[-1] = 0; }).starts_with("write outside the workspace"));
}

constexpr order both[] = {order::rows, order::columns};
constexpr order all[] = {order::rows, order::columns, order::scattered};

TEST_CASE_TEMPLATE("gemm of every size up to two vectors and a bit", T, float, double) {
  constexpr int64_t width = xsimd::batch<T>::size;
  std::mt19937 random(7);
  for (int64_t m = 0; m <= 2 * width + 1; ++m)
    for (int64_t n = 0; n <= 2 * width + 1; ++n)
      for (int sample = 0; sample < 3; ++sample) {
        const int64_t k = static_cast<int64_t>(random() % static_cast<unsigned>(2 * width + 2));
        for (const order a : both)
          for (const order b : both) REQUIRE(fault_of_gemm<T>(m, n, k, a, b, static_cast<unsigned>(random())) == "");
      }
}

TEST_CASE_TEMPLATE("gemm around the edges of panels and blocks", T, float, double) {
  constexpr int64_t width = xsimd::batch<T>::size;
  for (const int64_t m : {1, 5, 6, 7, 8, 9, 13, 29})
    for (const int64_t n : {4 * width - 1, 4 * width, 4 * width + 1, 5 * width + 3, 8 * width + 1})
      for (const int64_t k : {1, 3, 33})
        for (const order a : all)
          for (const order b : all) REQUIRE(fault_of_gemm<T>(m, n, k, a, b) == "");
}

TEST_CASE_TEMPLATE("gemm with several blocks of columns and of depth", T, float, double) {
  for (const order a : both)
    for (const order b : both) {
      CHECK(fault_of_gemm<T>(71, 45, 1501, a, b) == "");
      CHECK(fault_of_gemm<T>(5, 1003, 1201, a, b) == "");
      CHECK(fault_of_gemm<T>(2, 3, 20011, a, b) == "");
      CHECK(fault_of_gemm<T>(1, 70, 1009, a, b) == "");
      CHECK(fault_of_gemm<T>(301, 1, 77, a, b) == "");
      CHECK(fault_of_gemm<T>(300, 5, 4100, a, b) == "");
    }
  CHECK(fault_of_gemm<T>(6, 700, 500, order::scattered, order::scattered) == "");
}

TEST_CASE_TEMPLATE("gemm of integers", T, std::int32_t, std::int64_t) {
  for (const int64_t m : {0, 1, 4, 9})
    for (const int64_t n : {0, 1, 7, 16})
      for (const int64_t k : {0, 1, 5, 31})
        for (const order a : all)
          for (const order b : all) REQUIRE(fault_of_gemm<T>(m, n, k, a, b) == "");
  const T most = std::numeric_limits<T>::max(), two = 2;
  T product = 0;
  gemm<T>(1, 1, 1, {&most, 1, 1}, {&two, 1, 1}, {&product, 1, 1}, nullptr);
  CHECK(product == -2);
}

TEST_CASE_TEMPLATE("gemm lets nan and infinity spread", T, float, double) {
  constexpr T nan = std::numeric_limits<T>::quiet_NaN(), inf = std::numeric_limits<T>::infinity();
  for (const auto& [m, n, k] :
       {std::array<int64_t, 3>{1, 9, 11}, {9, 1, 11}, {3, 7, 13}, {19, 35, 21}, {5, 3, 3}, {7, 40, 900}})
    for (const order a_order : both)
      for (const order b_order : both) {
        matrix<T> a(m, k, a_order, 3), b(k, n, b_order, 4);
        const int64_t row = m / 2, column = n / 2, depth = k - 1;
        std::vector<T> c(static_cast<std::size_t>(m * n)), space(static_cast<std::size_t>(gemm_workspace<T>(m, n, k)));
        const auto product = [&] { gemm<T>(m, n, k, a.constant(), b.constant(), {c.data(), n, 1}, space.data()); };
        // 0 times nan, and 0 times infinity, are nan.
        for (const T special : {nan, inf}) {
          for (int64_t i = 0; i < m; ++i) *a.view.at(i, depth) = T(0);
          *b.view.at(depth, column) = special;
          product();
          for (int64_t i = 0; i < m; ++i)
            for (int64_t j = 0; j < n; ++j)
              REQUIRE(std::isnan(c[static_cast<std::size_t>(i * n + j)]) == (j == column));
        }
        *b.view.at(depth, column) = T(1);
        *a.view.at(row, 0) = inf;
        for (int64_t j = 0; j < n; ++j) *b.view.at(0, j) = T(2);
        product();
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) REQUIRE((c[static_cast<std::size_t>(i * n + j)] == inf) == (i == row));
      }
}

TEST_CASE("gemm gives the same bits again, wherever its operands stand") {
  const int64_t m = 23, n = 150, k = 700;
  const matrix<float> a(m, k, order::rows, 1), b(k, n, order::columns, 2);
  std::vector<float> first(static_cast<std::size_t>(m * n)),
      space(static_cast<std::size_t>(gemm_workspace<float>(m, n, k)) + 3);
  gemm<float>(m, n, k, a.constant(), b.constant(), {first.data(), n, 1}, space.data());
  for (int64_t shift = 1; shift < 4; ++shift) {
    std::vector<float> moved(static_cast<std::size_t>(m * n + shift));
    gemm<float>(m, n, k, a.constant(), b.constant(), {moved.data() + shift, n, 1}, space.data() + shift);
    CHECK(std::equal(first.begin(), first.end(), moved.begin() + shift));
  }
}

/// What is wrong with blocks that are reported finished and with shares, if anything: each share doubles what it is told
/// of, so that an element that is told of twice, too early or not at all has another value than twice the plain one.
template <class T, class Multiply>
std::string fault_of_blocks(int64_t m, int64_t n, int64_t k, order a_order, order b_order, int64_t shares,
                            const Multiply& multiply) {
  const matrix<T> a(m, k, a_order, 5), b(k, n, b_order, 6);
  const auto size = static_cast<std::size_t>(m * n);
  std::vector<T> plain(size), doubled(size, poison<T>),
      space(static_cast<std::size_t>(gemm_workspace<T>(m, n, k)), poison<T>);
  multiply(a.constant(), b.constant(), matrix_view<T>{plain.data(), n, 1}, space.data(), nothing_finished(),
           gemm_share());
  for (int64_t share = shares; share-- > 0;)
    multiply(
        a.constant(), b.constant(), matrix_view<T>{doubled.data(), n, 1}, space.data(),
        [&](int64_t i0, int64_t i1, int64_t j0, int64_t j1) {
          for (int64_t i = i0; i < i1; ++i)
            for (int64_t j = j0; j < j1; ++j) doubled[static_cast<std::size_t>(i * n + j)] *= 2;
        },
        gemm_share{share, shares});
  for (std::size_t e = 0; e < size; ++e)
    if (!(doubled[e] == 2 * plain[e]))
      return "element " + std::to_string(e) + " of " + std::to_string(m) + " x " + std::to_string(n) + " x " +
             std::to_string(k) + " with " + std::to_string(shares) + " shares, orders " +
             std::to_string(static_cast<int>(a_order)) + ", " + std::to_string(static_cast<int>(b_order));
  return {};
}

TEST_CASE_TEMPLATE("blocks are told of once, when they are final, and shares make up the whole", T, float, double) {
  constexpr int64_t width = xsimd::batch<T>::size;
  const auto fault = [](int64_t m, int64_t n, int64_t k, order a_order, order b_order, int64_t shares) {
    return fault_of_blocks<T>(m, n, k, a_order, b_order, shares,
                              [&](auto a, auto b, auto c, T* workspace, const auto& finished, gemm_share share) {
                                gemm<T>(m, n, k, a, b, c, workspace, finished, share);
                              });
  };
  for (const order a : all)
    for (const order b : all)
      for (const int64_t shares : {1, 2, 3, 7}) {
        for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 9, 11}, {9, 1, 11}, {3, 7, 13}, {19, 35, 21}, {5, 3, 3}})
          REQUIRE(fault(m, n, k, a, b, shares) == "");
        for (const int64_t n : {4 * width + 1, 8 * width + 1, 9 * width + 3, 40 * width + 1})
          REQUIRE(fault(37, n, 61, a, b, shares) == "");
      }
  for (const order a : both)
    for (const order b : both)
      for (const int64_t shares : {1, 2, 5}) {
        CHECK(fault(71, 45, 1501, a, b, shares) == "");
        CHECK(fault(5, 1003, 1201, a, b, shares) == "");
        CHECK(fault(6, 8 * width * 20 + 1, 700, a, b, shares) == "");
        CHECK(fault(2, 3, 2011, a, b, shares) == "");
        CHECK(fault(300, 5, 4100, a, b, shares) == "");
        CHECK(fault(2, 20000, 3, a, b, shares) == "");
      }
  CHECK(fault(3, 4, 0, order::rows, order::rows, 2) == "");
}

TEST_CASE("blocks of integers are told of, too") {
  for (const int64_t shares : {1, 2, 9})
    CHECK(fault_of_blocks<std::int32_t>(5, 6, 7, order::rows, order::columns, shares,
                                        [&](auto a, auto b, auto c, std::int32_t* workspace, const auto& finished,
                                            gemm_share share) {
                                          gemm<std::int32_t>(5, 6, 7, a, b, c, workspace, finished, share);
                                        }) == "");
}

/// What is wrong with C = from + scale * A . B where C has room for blocks only, if anything, in as many shares: against the
/// same computed from the whole product. `in_registers`: `update` is told; `in_place`: from is C.
template <class T, bool InRegisters> struct to_update {
  std::vector<T>* c;
  gemm_update<T> update;
  matrix_view<const T> scratch;
  int64_t n;
  bool moves;

  void operator()(int64_t i0, int64_t i1, int64_t j0, int64_t j1) const {
    for (int64_t i = i0; i < i1; ++i)
      for (int64_t j = j0; j < j1; ++j) *update.c.at(i, j) = *update.from.at(i, j) + update.scale * *scratch.at(moves ? i - i0 : i, j);
  }
};
/// The same without telling.
template <class T> struct to_update<T, false> {
  to_update<T, true> of;
  bool moves = of.moves;
  void operator()(int64_t i0, int64_t i1, int64_t j0, int64_t j1) const { of(i0, i1, j0, j1); }
};

template <class T, bool InRegisters>
std::string fault_of_update(int64_t m, int64_t n, int64_t k, order a_order, order b_order, int64_t shares, bool in_place) {
  const matrix<T> a(m, k, a_order, 5), b(k, n, b_order, 6), from(m, n, order::rows, 7);
  const int64_t rows = gemm_block_rows<T>(m, n, k), guard = 64, c_stride = n + 3;
  const T mark = T(-12345);
  std::vector<T> product(static_cast<std::size_t>(m * n)), c(static_cast<std::size_t>(m * c_stride), mark), scratch(static_cast<std::size_t>(rows * n + guard), mark),
      space(static_cast<std::size_t>(gemm_workspace<T>(m, n, k)), poison<T>);
  gemm<T>(m, n, k, a.constant(), b.constant(), {product.data(), n, 1}, space.data());
  matrix_view<T> to{c.data(), c_stride, 1};
  if (in_place)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) *to.at(i, j) = *from.view.at(i, j);
  const matrix_view<const T> old = in_place ? matrix_view<const T>{c.data(), c_stride, 1} : from.constant();
  for (int64_t share = shares; share-- > 0;) {
    std::fill(scratch.begin(), scratch.end() - guard, poison<T>);
    const to_update<T, true> whole{&c, {to, old, T(0.5)}, {scratch.data(), n, 1}, n, rows < m};
    const auto multiply = [&](const auto& finished) {
      gemm<T>(m, n, k, a.constant(), b.constant(), {scratch.data(), n, 1}, space.data(), finished, gemm_share{share, shares});
    };
    if constexpr (InRegisters) multiply(whole);
    else multiply(to_update<T, false>{whole});
  }
  const std::string where = " of " + std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k) + " with " + std::to_string(shares) + " shares, orders " +
                            std::to_string(static_cast<int>(a_order)) + ", " + std::to_string(static_cast<int>(b_order));
  if (std::count(scratch.end() - guard, scratch.end(), mark) != guard) return "write outside the block" + where;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const T expected = *from.view.at(i, j) + T(0.5) * product[static_cast<std::size_t>(i * n + j)];
      if (!(std::abs(*to.at(i, j) - expected) <= (std::abs(expected) + static_cast<T>(k)) * 4 * std::numeric_limits<T>::epsilon()))
        return "element " + std::to_string(i) + ", " + std::to_string(j) + where;
    }
    for (int64_t j = n; j < c_stride; ++j)
      if (*to.at(i, j) != mark) return "write outside C" + where;
  }
  return {};
}

TEST_CASE_TEMPLATE("updates are done once, in registers or by blocks that share their memory", T, float, double) {
  constexpr int64_t width = xsimd::batch<T>::size;
  for (const order a : all)
    for (const order b : all)
      for (const int64_t shares : {1, 3})
        for (const bool in_place : {true, false})
          for (const auto& [m, n, k] :
               {std::array<int64_t, 3>{3, 7, 13}, {19, 35, 21}, {100, 6 * width + 4, 64}, {70, 100, 64}, {131, 5 * width + 1, 80}, {200, 9 * width + width / 2 + 1, 33}, {40, 300, 401}, {37, 41 * width, 20}, {90, 70, 0}}) {
            REQUIRE(fault_of_update<T, true>(m, n, k, a, b, shares, in_place) == "");
            REQUIRE(fault_of_update<T, false>(m, n, k, a, b, shares, in_place) == "");
          }
}

TEST_CASE("a product that only its blocks' followers see needs little memory") {
  static_assert(gemm_block_rows<float>(1000, 100, 64) <= 32);
  static_assert(gemm_block_rows<float>(100, 1000, 64) <= 16);
  static_assert(gemm_block_rows<float>(4, 1000, 64) == 4);
  static_assert(gemm_block_rows<std::int32_t>(100, 100, 100) == 100);
}

TEST_CASE_TEMPLATE("deep products of contiguous columns, whose lanes are added up", T, float, double) {
  constexpr int64_t width = xsimd::batch<T>::size;
  const auto multiply = [](int64_t m, int64_t n, int64_t k) {
    return [=](auto a, auto b, auto c, T*) { tapeless::wide::detail::multiply_dot_blocks<xsimd::batch<T>>(m, n, k, {a, b, c}); };
  };
  for (const int64_t m : {1, 2, 3, 4, 5, 7, 13})
    for (const int64_t n : {1, 2, 5, 6, 7, 12, 17})
      for (const int64_t k : {width, width + 1, 3 * width - 1, 4 * width}) REQUIRE(fault_of<T>(m, n, k, order::rows, order::columns, multiply(m, n, k), 3) == "");
  CHECK(fault_of<T>(9, 14, 1024 + width / 2 + 1, order::rows, order::columns, multiply(9, 14, 1024 + width / 2 + 1)) == "");
  CHECK(fault_of<T>(9, 14, 5001, order::rows, order::columns, multiply(9, 14, 5001)) == "");
  for (const int64_t shares : {1, 2, 5})
    CHECK(fault_of_blocks<T>(64, 100, 2003, order::rows, order::columns, shares, [](auto a, auto b, auto c, T* workspace, const auto& finished, gemm_share share) {
            gemm<T>(64, 100, 2003, a, b, c, workspace, finished, share);
          }) == "");
}

TEST_CASE_TEMPLATE("last columns that do not fill a vector", T, float, double) {
  constexpr int64_t width = xsimd::batch<T>::size;
  for (const int64_t m : {32, 45, 100})
    for (const int64_t rest : {int64_t{1}, width / 4, width / 2})
      for (const int64_t k : {5, 64, 300})
        for (const order a : all)
          for (const order b : all) {
            REQUIRE(fault_of_gemm<T>(m, 3 * width + rest, k, a, b) == "");
            for (const int64_t shares : {1, 3})
              REQUIRE(fault_of_blocks<T>(m, 3 * width + rest, k, a, b, shares, [=](auto x, auto y, auto c, T* workspace, const auto& finished, gemm_share share) {
                        gemm<T>(m, 3 * width + rest, k, x, y, c, workspace, finished, share);
                      }) == "");
          }
}

template <class T, int64_t M, int64_t N, int64_t K> void check_static() {
  for (const order a_order : both)
    for (const order b_order : both)
      CHECK(fault_of<T>(M, N, K, a_order, b_order, [](auto a, auto b, auto c, T* workspace) {
              gemm_static<T, M, N, K>(a, b, c, workspace);
            }) == "");
  using enum matrix_layout;
  CHECK(fault_of<T>(M, N, K, order::columns, order::rows, [](auto a, auto b, auto c, T* workspace) {
          gemm_static<T, M, N, K, column_major, row_major>(a, b, c, workspace);
        }) == "");
  CHECK(fault_of<T>(M, N, K, order::rows, order::columns, [](auto a, auto b, auto c, T* workspace) {
          gemm_static<T, M, N, K, row_major, column_major>(a, b, c, workspace);
        }) == "");
  for (const int64_t shares : {1, 3})
    CHECK(fault_of_blocks<T>(M, N, K, order::rows, order::columns, shares,
                             [](auto a, auto b, auto c, T* workspace, const auto& finished, gemm_share share) {
                               gemm_static<T, M, N, K>(a, b, c, workspace, finished, share);
                             }) == "");
}

TEST_CASE("gemm_static of small and of larger extents") {
  check_static<float, 1, 8, 8>();
  check_static<float, 1, 1, 1>();
  check_static<float, 0, 4, 4>();
  check_static<float, 4, 4, 0>();
  check_static<float, 9, 1, 20>();
  check_static<float, 5, 3, 2>();
  check_static<float, 1, 37, 19>();
  check_static<float, 10, 21, 6>();
  check_static<float, 26, 70, 33>();
  check_static<float, 60, 10, 800>();
  check_static<double, 1, 8, 8>();
  check_static<double, 7, 11, 5>();
  check_static<double, 33, 37, 65>();
  check_static<std::int32_t, 3, 4, 5>();
}

TEST_CASE("the workspace is a constant and stays within the second-level cache") {
  static_assert(gemm_workspace<float>(1, 64, 64) == 64);
  static_assert(gemm_workspace<float>(8, 8, 0) == 0);
  static_assert(gemm_workspace<std::int32_t>(100, 100, 100) == 0);
  static_assert(gemm_workspace<float>(64, 100, 1000) <= 64 * 1024);
  static_assert(gemm_workspace<float>(4096, 4096, 4096) <= 128 * 1024);
  static_assert(gemm_workspace<double>(4096, 4096, 4096) <= 64 * 1024);
}

}  // namespace
