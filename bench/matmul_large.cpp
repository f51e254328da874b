// Products of extents that only the run knows, against OpenBLAS.
#include <tapeless/backend/simd/gemm.hpp>

#include "blas.hpp"
#include "support.hpp"

namespace {

namespace wide = tapeless::wide;

struct problem {
  const char* name;
  int m, n, k;
  bool a_transposed = false, b_transposed = false;
};

template <class T> void multiply(bench::row& row, const problem& of) {
  const std::int64_t m = of.m, n = of.n, k = of.k;
  const bench::numbers<T> a(m * k), b(k * n), c(m * n), d(m * n), workspace(wide::gemm_workspace<T>(m, n, k) + 1);
  const auto ours = [&] {
    wide::gemm<T>(of.m, of.n, of.k, {a.data(), of.a_transposed ? 1 : of.k, of.a_transposed ? of.m : 1},
                  {b.data(), of.b_transposed ? 1 : of.n, of.b_transposed ? of.k : 1}, {c.data(), of.n, 1}, workspace.data());
    bench::consume(c.data());
  };
  const double size = sizeof(T);
  const bench::work work{2.0 * of.m * of.n * of.k, size * static_cast<double>(m * k + k * n), size * static_cast<double>(m * n), sizeof(T) == 8};
#if TAPELESS_BENCH_BLAS
  static const bench::openblas blas;
  if (blas) {
    const auto on_blas = [&] {
      blas.multiply(of.a_transposed, of.b_transposed, of.m, of.n, of.k, T(1), a.data(), b.data(), T(0), d.data());
      bench::consume(d.data());
    };
    ours(), on_blas();
    row.expect_close(c, d, 1e-4);
    return row.measure(work, bench::side{"tapeless", ours}, bench::side{"OpenBLAS", on_blas});
  }
#endif
  row.measure(work, bench::side{"tapeless", ours});
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows;
  for (const problem& of : {problem{"matmul 128", 128, 128, 128},
                            {"matmul 256", 256, 256, 256},
                            {"matmul 512", 512, 512, 512},
                            {"matmul 1024", 1024, 1024, 1024},
                            {"matmul 2048", 2048, 2048, 2048},
                            {"matmul odd 127x255x63", 127, 255, 63},
                            {"matmul odd 31x33x35", 31, 33, 35},
                            {"matmul odd 333x77x201", 333, 77, 201},
                            {"matmul odd 511x513x127 A'", 511, 513, 127, true},
                            {"matmul odd 257x255x129 B'", 257, 255, 129, false, true},
                            {"matmul tall 4096x16x16", 4096, 16, 16},
                            {"matmul tall 2000x10x64", 2000, 10, 64},
                            {"matmul tall 64x10x1000", 64, 10, 1000},
                            {"matmul tall 10x2000x64", 10, 2000, 64},
                            {"matmul tall 1000x10x64 A'", 1000, 10, 64, true},
                            {"matmul tall 16x64x1000 B'", 16, 64, 1000, false, true},
                            {"matmul tall 1x1000x1000", 1, 1000, 1000},
                            {"matmul tall 1000x1x1000", 1000, 1, 1000}})
    rows.emplace_back(of.name, [of](bench::row& row) { multiply<float>(row, of); });
  for (const problem& of : {problem{"matmul 512 f64", 512, 512, 512}, {"matmul odd 333x77x201 f64", 333, 77, 201}, {"matmul tall 2000x10x64 f64", 2000, 10, 64}})
    rows.emplace_back(of.name, [of](bench::row& row) { multiply<double>(row, of); });
  return bench::serve(argc, argv, rows);
}
