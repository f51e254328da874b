// Square products whose extents the compiler knows, against Eigen's fixed-size matrices, and what nets of batch 1 need.
#include <tapeless/backend/simd/gemm.hpp>

#include "support.hpp"
#if __has_include(<Eigen/Dense>)
#include <Eigen/Dense>
#endif

namespace {

namespace wide = tapeless::wide;

template <class T, int M, int N, int K> void multiply(bench::row& row) {
  const bench::numbers<T> a(M * K), b(K * N), c(M * N), d(M * N), workspace(wide::gemm_workspace<T>(M, N, K) + 1);
  const auto ours = [a = a.data(), b = b.data(), c = c.data(), w = workspace.data()] {
    using enum wide::matrix_layout;
    wide::gemm_static<T, M, N, K, row_major, row_major>({a, K, 1}, {b, N, 1}, {c, N, 1}, w);
    bench::consume(c);
  };
  const bench::work work{2.0 * M * N * K, sizeof(T) * (M * K + K * N), sizeof(T) * M * N, sizeof(T) == 8};
#if __has_include(<Eigen/Dense>)
  using left = Eigen::Matrix<T, M, K, K == 1 ? Eigen::ColMajor : Eigen::RowMajor>;
  using right = Eigen::Matrix<T, K, N, N == 1 ? Eigen::ColMajor : Eigen::RowMajor>;
  using result = Eigen::Matrix<T, M, N, N == 1 ? Eigen::ColMajor : Eigen::RowMajor>;
  const auto on_eigen = [a = a.data(), b = b.data(), d = d.data()] {
    Eigen::Map<result, Eigen::Aligned64>(d).noalias() = Eigen::Map<const left, Eigen::Aligned64>(a) * Eigen::Map<const right, Eigen::Aligned64>(b);
    bench::consume(d);
  };
  ours(), on_eigen();
  row.expect_close(c, d, 1e-5);
  if constexpr (M * N <= 256) {  // Eigen takes its kernel for large matrices too early
    const auto by_element = [a = a.data(), b = b.data(), d = d.data()] {
      Eigen::Map<result, Eigen::Aligned64>(d).noalias() = Eigen::Map<const left, Eigen::Aligned64>(a).lazyProduct(Eigen::Map<const right, Eigen::Aligned64>(b));
      bench::consume(d);
    };
    row.measure(work, bench::side{"tapeless", ours}, bench::side{"Eigen", on_eigen}, bench::side{"Eigen", by_element});
  } else {
    row.measure(work, bench::side{"tapeless", ours}, bench::side{"Eigen", on_eigen});
  }
#else
  row.measure(work, bench::side{"tapeless", ours});
#endif
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv,
                      {{"matmul 4", multiply<float, 4, 4, 4>},
                       {"matmul 8", multiply<float, 8, 8, 8>},
                       {"matmul 16", multiply<float, 16, 16, 16>},
                       {"matmul 32", multiply<float, 32, 32, 32>},
                       {"matmul 64", multiply<float, 64, 64, 64>},
                       {"matmul 1x8x8", multiply<float, 1, 8, 8>},
                       {"matmul 1x64x64", multiply<float, 1, 64, 64>},
                       {"matmul 8 f64", multiply<double, 8, 8, 8>},
                       {"matmul 32 f64", multiply<double, 32, 32, 32>}});
}
