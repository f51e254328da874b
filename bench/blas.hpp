#pragma once
// OpenBLAS, looked for when the program starts: building needs its header only.
#if __has_include(<cblas.h>) && __has_include(<dlfcn.h>)
#define TAPELESS_BENCH_BLAS 1
#include <cblas.h>
#include <dlfcn.h>

#include <cstdlib>
#include <type_traits>

namespace bench {

class openblas {
 public:
  openblas() {
    void* const library = dlopen("libopenblas.so.0", RTLD_NOW);
    if (library == nullptr) return;
    sgemm_ = reinterpret_cast<decltype(sgemm_)>(dlsym(library, "cblas_sgemm"));
    dgemm_ = reinterpret_cast<decltype(dgemm_)>(dlsym(library, "cblas_dgemm"));
    const char* const threads = std::getenv("OPENBLAS_NUM_THREADS");
    if (void* const set_threads = dlsym(library, "openblas_set_num_threads"))
      reinterpret_cast<void (*)(int)>(set_threads)(threads != nullptr ? std::atoi(threads) : 1);
  }
  explicit operator bool() const { return sgemm_ != nullptr && dgemm_ != nullptr; }

  /// C = alpha op(A) op(B) + beta C, contiguous and row-major.
  template <class T>
  void multiply(bool a_transposed, bool b_transposed, int m, int n, int k, T alpha, const T* a, const T* b, T beta, T* c) const {
    const auto order = [](bool transposed) { return transposed ? CblasTrans : CblasNoTrans; };
    const int lda = a_transposed ? m : k, ldb = b_transposed ? k : n;
    if constexpr (std::is_same_v<T, float>)
      sgemm_(CblasRowMajor, order(a_transposed), order(b_transposed), m, n, k, alpha, a, lda, b, ldb, beta, c, n);
    else
      dgemm_(CblasRowMajor, order(a_transposed), order(b_transposed), m, n, k, alpha, a, lda, b, ldb, beta, c, n);
  }

 private:
  decltype(&cblas_sgemm) sgemm_ = nullptr;
  decltype(&cblas_dgemm) dgemm_ = nullptr;
};

}  // namespace bench
#else
#define TAPELESS_BENCH_BLAS 0
#endif
