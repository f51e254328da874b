// Matrix products, one thread: tapeless against OpenBLAS and Eigen, where these are installed.
// Times are minima over interleaved rounds; ratio is the rival's time over ours, so above 1 we are faster.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <tapeless/backend/simd/gemm.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<cblas.h>) && __has_include(<dlfcn.h>)
#define TAPELESS_BENCH_BLAS 1
#include <cblas.h>
#include <dlfcn.h>
#else
#define TAPELESS_BENCH_BLAS 0
#endif
#if __has_include(<Eigen/Dense>)
#include <Eigen/Dense>
#endif

namespace {

using std::int64_t;
namespace wide = tapeless::wide;

/// Aligned random numbers; matrices start at different offsets, as they would in one arena.
template <class T> class numbers {
 public:
  explicit numbers(int64_t count) : memory_(static_cast<std::size_t>(count) + 1024 / sizeof(T)) {
    static int64_t matrix = 0;
    start_ = memory_.data();
    const auto offset = static_cast<std::uintptr_t>(192 * ++matrix % 1024);
    while (reinterpret_cast<std::uintptr_t>(start_) % 1024 != offset) ++start_;
    std::mt19937 random(static_cast<unsigned>(matrix));
    std::uniform_real_distribution<T> uniform(-1, 1);
    for (int64_t i = 0; i < count; ++i) start_[i] = uniform(random);
  }
  T* data() { return start_; }

 private:
  std::vector<T> memory_;
  T* start_;
};

template <class Run> double seconds(const Run& run, int repeats) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < repeats; ++i) {
    run();
    asm volatile("" ::: "memory");
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / repeats;
}

/// The least time of each of `runs`, which take turns so that a disturbance meets them all.
template <class... Run> std::vector<double> least_seconds(double expected, const Run&... runs) {
  const int repeats = std::max(1, static_cast<int>(1e-3 / expected));
  std::vector<double> least(sizeof...(runs), std::numeric_limits<double>::infinity());
  for (int round = 0; round < 100; ++round) {
    std::size_t i = 0;
    ((least[i] = std::min(least[i], seconds(runs, repeats)), ++i), ...);
  }
  return least;
}

void report(const std::string& name, const char* rival, double ours, double theirs, double flops) {
  std::printf("%-34s %-9s %12.1f %12.1f %8.2f %8.1f\n", name.c_str(), rival, ours * 1e9, theirs * 1e9, theirs / ours,
              flops / ours * 1e-9);
}

struct problem {
  int64_t m, n, k;
  bool a_transposed = false, b_transposed = false;

  template <class T> std::string name(const char* kind) const {
    return std::string(std::is_same_v<T, float> ? "f32 " : "f64 ") + kind + std::to_string(m) + "x" +
           std::to_string(n) + "x" + std::to_string(k) + (a_transposed ? " A'" : "") + (b_transposed ? " B'" : "");
  }
  double flops() const { return 2.0 * static_cast<double>(m * n * k); }
};

#if TAPELESS_BENCH_BLAS
/// OpenBLAS, looked for when the program starts: building it then needs the header only.
struct openblas {
  decltype(&cblas_sgemm) sgemm = nullptr;
  decltype(&cblas_dgemm) dgemm = nullptr;

  openblas() {
    void* const library = dlopen("libopenblas.so.0", RTLD_NOW);
    if (library == nullptr) return;
    sgemm = reinterpret_cast<decltype(sgemm)>(dlsym(library, "cblas_sgemm"));
    dgemm = reinterpret_cast<decltype(dgemm)>(dlsym(library, "cblas_dgemm"));
    if (void* const set_threads = dlsym(library, "openblas_set_num_threads"))
      reinterpret_cast<void (*)(int)>(set_threads)(1);
  }

  template <class T> void multiply(const problem& of, const T* a, const T* b, T* c) const {
    const int m = static_cast<int>(of.m), n = static_cast<int>(of.n), k = static_cast<int>(of.k);
    const auto a_order = of.a_transposed ? CblasTrans : CblasNoTrans;
    const auto b_order = of.b_transposed ? CblasTrans : CblasNoTrans;
    const int lda = of.a_transposed ? m : k, ldb = of.b_transposed ? k : n;
    if constexpr (std::is_same_v<T, float>)
      sgemm(CblasRowMajor, a_order, b_order, m, n, k, 1, a, lda, b, ldb, 0, c, n);
    else
      dgemm(CblasRowMajor, a_order, b_order, m, n, k, 1, a, lda, b, ldb, 0, c, n);
  }
};
#endif

#if __has_include(<Eigen/Dense>)
template <class T> void eigen(const problem& of, const T* a, const T* b, T* c) {
  using rows = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using columns = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
  Eigen::Map<rows> result(c, of.m, of.n);
  const Eigen::Map<const rows> a_rows(a, of.m, of.k), b_rows(b, of.k, of.n);
  const Eigen::Map<const columns> a_columns(a, of.m, of.k), b_columns(b, of.k, of.n);
  if (of.a_transposed && of.b_transposed) result.noalias() = a_columns * b_columns;
  if (of.a_transposed && !of.b_transposed) result.noalias() = a_columns * b_rows;
  if (!of.a_transposed && of.b_transposed) result.noalias() = a_rows * b_columns;
  if (!of.a_transposed && !of.b_transposed) result.noalias() = a_rows * b_rows;
}
#endif

/// Extents known only when running.
template <class T> void measure(const problem& of) {
  const auto [m, n, k] = std::tuple(of.m, of.n, of.k);
  numbers<T> a(m * k), b(k * n), c(m * n), workspace(wide::gemm_workspace<T>(m, n, k));
  const wide::matrix_view<const T> a_view{a.data(), of.a_transposed ? 1 : k, of.a_transposed ? m : 1};
  const wide::matrix_view<const T> b_view{b.data(), of.b_transposed ? 1 : n, of.b_transposed ? k : 1};
  const wide::matrix_view<T> c_view{c.data(), n, 1};
  const auto ours = [&] { wide::gemm<T>(of.m, of.n, of.k, a_view, b_view, c_view, workspace.data()); };
  const double expected = seconds(ours, 3);
#if TAPELESS_BENCH_BLAS
  static const openblas rival;
  if (rival.sgemm != nullptr && rival.dgemm != nullptr) {
    const auto times = least_seconds(expected, ours, [&] { rival.multiply<T>(of, a.data(), b.data(), c.data()); });
    report(of.name<T>(""), "OpenBLAS", times[0], times[1], of.flops());
  }
#endif
#if __has_include(<Eigen/Dense>)
  {
    const auto times = least_seconds(expected, ours, [&] { eigen<T>(of, a.data(), b.data(), c.data()); });
    report(of.name<T>(""), "Eigen", times[0], times[1], of.flops());
  }
#endif
#if !TAPELESS_BENCH_BLAS && !__has_include(<Eigen/Dense>)
  report(of.name<T>(""), "-", least_seconds(expected, ours)[0], 0, of.flops());
#endif
}

/// Extents known to the compiler; Eigen gets fixed-size matrices.
template <class T, int M, int N, int K> void measure_static() {
  const problem of{M, N, K};
  numbers<T> a(M * K), b(K * N), c(M * N), workspace(wide::gemm_workspace<T>(M, N, K));
  const auto ours = [a = a.data(), b = b.data(), c = c.data(), w = workspace.data()] {
    using enum wide::matrix_layout;
    wide::gemm_static<T, M, N, K, row_major, row_major>({a, K, 1}, {b, N, 1}, {c, N, 1}, w);
  };
  const double expected = seconds(ours, 1000);
#if __has_include(<Eigen/Dense>)
  using left = Eigen::Matrix<T, M, K, K == 1 ? Eigen::ColMajor : Eigen::RowMajor>;
  using right = Eigen::Matrix<T, K, N, N == 1 ? Eigen::ColMajor : Eigen::RowMajor>;
  using result = Eigen::Matrix<T, M, N, N == 1 ? Eigen::ColMajor : Eigen::RowMajor>;
  const auto times = least_seconds(expected, ours, [a = a.data(), b = b.data(), c = c.data()] {
    Eigen::Map<result, Eigen::Aligned64>(c).noalias() =
        Eigen::Map<const left, Eigen::Aligned64>(a) * Eigen::Map<const right, Eigen::Aligned64>(b);
  });
  report(of.name<T>("static "), "Eigen", times[0], times[1], of.flops());
#else
  report(of.name<T>("static "), "-", least_seconds(expected, ours)[0], 0, of.flops());
#endif
}

}  // namespace

int main() {
  std::printf("%-34s %-9s %12s %12s %8s %8s\n", "m x n x k", "rival", "tapeless ns", "rival ns", "ratio", "GFLOP/s");
  for (const problem& of : {problem{64, 100, 1000},
                            {64, 1000, 100},
                            {1000, 100, 64, true},
                            {100, 1000, 64, true},
                            {64, 100, 1000, false, true},
                            {64, 1000, 100, false, true},
                            {8, 8, 8},
                            {16, 16, 16},
                            {32, 32, 32},
                            {64, 64, 64},
                            {128, 128, 128},
                            {256, 256, 256},
                            {512, 512, 512},
                            {1024, 1024, 1024},
                            {256, 256, 256, true},
                            {256, 256, 256, false, true},
                            {256, 256, 256, true, true},
                            {1024, 1024, 1024, true},
                            {1024, 1024, 1024, false, true},
                            {1, 64, 64},
                            {1, 64, 64, false, true},
                            {1, 1000, 1000},
                            {1, 1000, 1000, false, true},
                            {1000, 1, 1000},
                            {16, 64, 64, false, true},
                            {64, 10, 1000},
                            {1000, 10, 64, true}})
    measure<float>(of);
  for (const problem& of : {problem{64, 100, 1000},
                            {64, 1000, 100, false, true},
                            {22, 22, 22},
                            {32, 32, 32},
                            {181, 181, 181},
                            {512, 512, 512},
                            {1, 64, 64},
                            {1000, 1, 52}})
    measure<double>(of);
  measure_static<float, 1, 8, 8>();
  measure_static<float, 1, 16, 16>();
  measure_static<float, 1, 64, 64>();
  measure_static<float, 1, 128, 128>();
  measure_static<float, 4, 4, 4>();
  measure_static<float, 8, 8, 8>();
  measure_static<float, 16, 16, 16>();
  measure_static<float, 32, 32, 32>();
  measure_static<double, 1, 8, 8>();
  measure_static<double, 3, 3, 3>();
  measure_static<double, 22, 22, 22>();
}
