// What this processor can do at most: the rooflines of the other programs. No library takes part.
#include "support.hpp"

namespace {

using numbers = bench::numbers<float>;

/// Chains of multiply-adds, enough of them to hide their latency.
template <class T> [[gnu::noinline]] void multiply_add(T* sums, int rounds) {
  constexpr int width = 64 / sizeof(T), chains = 12;
  typedef T vector [[gnu::vector_size(64)]];
  vector s[chains], a{}, b{};
  for (int j = 0; j < width; ++j) a[j] = T(0.999), b[j] = T(0.001) * sums[j];
  for (int i = 0; i < chains; ++i) s[i] = b * T(i);
  for (int r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) s[i] = s[i] * a + b;
  }
  for (int i = 1; i < chains; ++i) s[0] += s[i];
  for (int j = 0; j < width; ++j) sums[j] = s[0][j];
}

template <class T> void peak(bench::row& row) {
  const bench::numbers<T> sums(64);
  constexpr int rounds = 10000;
  row.measure({2.0 * 12 * (64 / sizeof(T)) * rounds, 0, 0, sizeof(T) == 8}, bench::side{"machine", [&] {
                multiply_add(sums.data(), rounds);
                bench::consume(sums.data());
              }});
}

[[gnu::noinline]] void triad_loop(float* __restrict a, const float* __restrict b, const float* __restrict c, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) a[i] = b[i] + 0.5f * c[i];
}

/// STREAM's triad over three arrays of `kib` KiB in all.
void triad(bench::row& row, std::int64_t kib) {
  const std::int64_t n = kib * 1024 / 3 / 4;
  const numbers a(n, 0, 1, 0), b(n, 0, 1, 64), c(n, 0, 1, 128);
  const double bytes = 4.0 * static_cast<double>(n);
  row.measure({0, 2 * bytes, bytes}, bench::side{"machine", [&] { triad_loop(a.data(), b.data(), c.data(), n), bench::consume(a.data()); }});
}

/// Four places at once: one stream alone does not keep the memory busy.
[[gnu::noinline]] float sum_loop(const float* a, std::int64_t n) {
  typedef float vector [[gnu::vector_size(64)]];
  constexpr int streams = 4, width = 16;
  vector s[2 * streams]{};
  for (std::int64_t i = 0; i < n / streams; i += 2 * width) {
#pragma GCC unroll 8
    for (int j = 0; j < 2 * streams; ++j) s[j] += *reinterpret_cast<const vector*>(a + j % streams * (n / streams) + i + j / streams * width);
  }
  for (int j = 1; j < 2 * streams; ++j) s[0] += s[j];
  return s[0][0];
}

void read(bench::row& row, std::int64_t kib) {
  const std::int64_t n = kib * 1024 / 4;
  const numbers a(n, 0, 1, 0);
  row.measure({0, 4.0 * static_cast<double>(n), 0}, bench::side{"machine", [&] {
                const float sum = sum_loop(a.data(), n);
                bench::consume(&sum);
              }});
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows{{"fma peak f32", peak<float>}, {"fma peak f64", peak<double>}};
  for (const std::int64_t kib : {16, 128, 768, 4096, 16384, 65536, 196608}) {
    rows.emplace_back("triad " + std::to_string(kib) + " KiB", [kib](bench::row& row) { triad(row, kib); });
    rows.emplace_back("read " + std::to_string(kib) + " KiB", [kib](bench::row& row) { read(row, kib); });
  }
  return bench::serve(argc, argv, rows);
}
