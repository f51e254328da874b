#pragma once
#include <tapeless/cuda/product_request.hpp>

#include <cublasLt.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace tapeless::inline TAPELESS_ABI::device {

/// Carries out product requests by cuBLASLt. What it needs for requests of one form, and the algorithm that its heuristic
/// chooses, is made once; a captured run asks it while it is captured only.
///
/// cuBLASLt counts by columns, so it is asked for the transposed product: its A is our b, and its rows are our columns.
class cublas_library {
 public:
  // As entries of a table of calls. Errors as CUDA counts them: 2 no memory, 801 not supported; those of cuBLAS behind others.
  static constexpr int first_error = 10000;
  static const char* error_name(int e) { return cublasLtGetStatusName(static_cast<cublasStatus_t>(e - first_error)); }
  static const char* error_text(int e) { return cublasLtGetStatusString(static_cast<cublasStatus_t>(e - first_error)); }
  static int create(void** library) {
    auto made = std::make_unique<cublas_library>();
    if (const auto status = cublasLtCreate(&made->handle_); status != CUBLAS_STATUS_SUCCESS) return code_of(status);
    *library = made.release();
    return 0;
  }
  static int destroy(void* library) {
    delete static_cast<cublas_library*>(library);
    return 0;
  }
  static int product(void* library, const product_request& r, void* stream) {
    return code_of(static_cast<cublas_library*>(library)->multiply(r, static_cast<cudaStream_t>(stream)));
  }

  cublas_library() = default;
  cublas_library(const cublas_library&) = delete;
  cublas_library& operator=(const cublas_library&) = delete;
  ~cublas_library() {
    forms_.clear();
    if (handle_ != nullptr) cublasLtDestroy(handle_);
  }

 private:
  /// What requests have in common that one algorithm serves.
  struct form {
    std::int64_t m, n, k, batches;
    matrix_layout a, b, y;
    dtype type, stored;
    product_mode mode;
    epilogue finish;
    std::uint32_t a_alignment, b_alignment, y_alignment, columns_alignment, kept_alignment;
    std::size_t scratch;
    friend bool operator==(const form&, const form&) = default;
  };
  struct prepared {
    form of;
    cublasLtMatmulDesc_t description = nullptr;
    cublasLtMatrixLayout_t a = nullptr, b = nullptr, y = nullptr;
    cublasLtMatmulAlgo_t algorithm{};
    cublasStatus_t status = CUBLAS_STATUS_SUCCESS;

    explicit prepared(const form& f) : of(f) {}
    prepared(const prepared&) = delete;
    prepared& operator=(const prepared&) = delete;
    ~prepared() {
      if (description != nullptr) cublasLtMatmulDescDestroy(description);
      for (const auto layout : {a, b, y})
        if (layout != nullptr) cublasLtMatrixLayoutDestroy(layout);
    }
  };

  static int code_of(cublasStatus_t s) {
    switch (s) {
      case CUBLAS_STATUS_SUCCESS: return 0;
      case CUBLAS_STATUS_ALLOC_FAILED: return 2;
      case CUBLAS_STATUS_NOT_SUPPORTED:
      case CUBLAS_STATUS_ARCH_MISMATCH: return 801;
      default: return first_error + static_cast<int>(s);
    }
  }
  static std::uint32_t alignment_of(const void* p) {
    std::uint32_t bytes = 256;
    while (reinterpret_cast<std::uintptr_t>(p) % bytes != 0) bytes /= 2;
    return bytes;
  }
  static cublasComputeType_t compute_of(dtype type, dtype stored, product_mode mode) {
    if (type == dtype::f64) return CUBLAS_COMPUTE_64F;
    if (is_narrow(stored)) return CUBLAS_COMPUTE_32F;
    switch (mode) {
      case product_mode::tf32: return CUBLAS_COMPUTE_32F_FAST_TF32;
      case product_mode::bf16: return CUBLAS_COMPUTE_32F_FAST_16BF;
      case product_mode::f16: return CUBLAS_COMPUTE_32F_FAST_16F;
      case product_mode::f32: break;
    }
    return CUBLAS_COMPUTE_32F;
  }
  static cublasLtEpilogue_t epilogue_of(epilogue e) {
    switch (e) {
      case epilogue::bias: return CUBLASLT_EPILOGUE_BIAS;
      case epilogue::relu: return CUBLASLT_EPILOGUE_RELU;
      case epilogue::relu_bias: return CUBLASLT_EPILOGUE_RELU_BIAS;
      case epilogue::relu_mask: return CUBLASLT_EPILOGUE_RELU_AUX;
      case epilogue::relu_bias_mask: return CUBLASLT_EPILOGUE_RELU_AUX_BIAS;
      case epilogue::gelu: return CUBLASLT_EPILOGUE_GELU;
      case epilogue::gelu_bias: return CUBLASLT_EPILOGUE_GELU_BIAS;
      case epilogue::gelu_input: return CUBLASLT_EPILOGUE_GELU_AUX;
      case epilogue::gelu_bias_input: return CUBLASLT_EPILOGUE_GELU_AUX_BIAS;
      case epilogue::drelu: return CUBLASLT_EPILOGUE_DRELU;
      case epilogue::drelu_sums: return CUBLASLT_EPILOGUE_DRELU_BGRAD;
      case epilogue::dgelu: return CUBLASLT_EPILOGUE_DGELU;
      case epilogue::dgelu_sums: return CUBLASLT_EPILOGUE_DGELU_BGRAD;
      case epilogue::sums_of_b: return CUBLASLT_EPILOGUE_BGRADA;
      case epilogue::sums_of_a: return CUBLASLT_EPILOGUE_BGRADB;
      case epilogue::none: break;
    }
    return CUBLASLT_EPILOGUE_DEFAULT;
  }
  template <class T> static cublasStatus_t set(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t name, const T& value) { return cublasLtMatmulDescSetAttribute(d, name, &value, sizeof value); }
  template <class T> static cublasStatus_t set(cublasLtMatrixLayout_t l, cublasLtMatrixLayoutAttribute_t name, const T& value) { return cublasLtMatrixLayoutSetAttribute(l, name, &value, sizeof value); }
  template <class T> static cublasStatus_t set(cublasLtMatmulPreference_t p, cublasLtMatmulPreferenceAttributes_t name, const T& value) { return cublasLtMatmulPreferenceSetAttribute(p, name, &value, sizeof value); }

  /// Does one after the other until one fails.
  template <class... Steps> static cublasStatus_t in_turn(Steps... steps) {
    cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
    ((status == CUBLAS_STATUS_SUCCESS ? void(status = steps()) : void()), ...);
    return status;
  }

  /// `rows` x `columns` elements as cuBLASLt counts them.
  static cublasStatus_t describe(cublasLtMatrixLayout_t& made, cudaDataType_t type, std::int64_t rows, std::int64_t columns, const matrix_layout& l, std::int64_t batches) {
    return in_turn([&] { return cublasLtMatrixLayoutCreate(&made, type, static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns), l.leading); },
                   [&] { return set(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, static_cast<std::int32_t>(batches)); },
                   [&] { return set(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, l.batch_stride); });
  }
  cublasStatus_t choose(prepared& p) {
    const form& f = p.of;
    cublasLtMatmulPreference_t preference = nullptr;
    cublasLtMatmulHeuristicResult_t found{};
    int count = 0;
    const auto status = in_turn([&] { return cublasLtMatmulPreferenceCreate(&preference); }, [&] { return set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, f.scratch); },
                                [&] { return set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, f.b_alignment); },
                                [&] { return set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, f.a_alignment); },
                                [&] { return set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, f.y_alignment); },
                                [&] { return set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, f.y_alignment); },
                                [&] { return cublasLtMatmulAlgoGetHeuristic(handle_, p.description, p.a, p.b, p.y, p.y, preference, 1, &found, &count); });
    if (preference != nullptr) cublasLtMatmulPreferenceDestroy(preference);
    p.algorithm = found.algo;
    if (status == CUBLAS_STATUS_INVALID_VALUE) return CUBLAS_STATUS_NOT_SUPPORTED;  // its word for combinations that some versions have not
    return status != CUBLAS_STATUS_SUCCESS ? status : count == 0 ? CUBLAS_STATUS_NOT_SUPPORTED : found.state;
  }
  /// Bits of a mask stand in words of 128; rows of gelu's input, which have no gaps here, have to begin at each eighth element.
  static bool takes_kept(const product_request& r) { return has_mask(r.finish) ? r.n >= 4 : !has_kept(r.finish) || r.n % 8 == 0; }
  static const void* columns_of(const product_request& r) { return has_sums(r.finish) ? r.sums : has_bias(r.finish) ? r.bias : nullptr; }
  static const void* kept_of(const product_request& r) { return has_kept(r.finish) ? r.kept : nullptr; }
  /// The addresses of an epilogue, on whose alignment its algorithm depends as well.
  static cublasStatus_t point(cublasLtMatmulDesc_t d, const product_request& r) {
    const void *const columns = columns_of(r), *const kept = kept_of(r);
    return in_turn([&] { return columns == nullptr ? CUBLAS_STATUS_SUCCESS : set(d, CUBLASLT_MATMUL_DESC_BIAS_POINTER, columns); },
                   [&] { return kept == nullptr ? CUBLAS_STATUS_SUCCESS : set(d, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, kept); },
                   [&] { return kept == nullptr ? CUBLAS_STATUS_SUCCESS : set(d, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, has_mask(r.finish) ? mask_row_bytes(r.n) * 8 : r.n); });
  }
  std::unique_ptr<prepared> prepare(const form& f, const product_request& r) {
    auto p = std::make_unique<prepared>(f);
    const auto of = [](dtype t) { return t == dtype::f64 ? CUDA_R_64F : t == dtype::bf16 ? CUDA_R_16BF : t == dtype::f16 ? CUDA_R_16F : CUDA_R_32F; };
    const auto type = of(f.type), stored = of(f.stored), scale = f.type == dtype::f64 ? CUDA_R_64F : CUDA_R_32F;
    const auto turned = [](const matrix_layout& l) { return l.by_columns ? CUBLAS_OP_T : CUBLAS_OP_N; };
    p->status = in_turn([&] { return cublasLtMatmulDescCreate(&p->description, compute_of(f.type, f.stored, f.mode), scale); }, [&] { return set(p->description, CUBLASLT_MATMUL_DESC_TRANSA, turned(f.b)); },
                        [&] { return set(p->description, CUBLASLT_MATMUL_DESC_TRANSB, turned(f.a)); }, [&] { return set(p->description, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(f.finish)); },
                        [&] { return point(p->description, r); },
                        [&] { return f.b.by_columns ? describe(p->a, stored, f.k, f.n, f.b, f.batches) : describe(p->a, stored, f.n, f.k, f.b, f.batches); },
                        [&] { return f.a.by_columns ? describe(p->b, stored, f.m, f.k, f.a, f.batches) : describe(p->b, stored, f.k, f.m, f.a, f.batches); },
                        [&] { return describe(p->y, type, f.n, f.m, f.y, f.batches); }, [&] { return choose(*p); });
    return p;
  }

  cublasStatus_t multiply(const product_request& r, cudaStream_t stream) {
    if (!takes_kept(r)) return CUBLAS_STATUS_NOT_SUPPORTED;
    constexpr std::uintptr_t whole = 256;
    const auto begin = (reinterpret_cast<std::uintptr_t>(r.scratch) + whole - 1) / whole * whole, end = reinterpret_cast<std::uintptr_t>(r.scratch) + static_cast<std::uintptr_t>(r.scratch_bytes);
    const std::size_t scratch = r.scratch != nullptr && end > begin ? end - begin : 0;
    const form f{r.m, r.n, r.k, r.batches, r.a_layout, r.b_layout, r.y_layout, r.type, r.stored, r.mode, r.finish, alignment_of(r.a), alignment_of(r.b), alignment_of(r.y), alignment_of(columns_of(r)), alignment_of(kept_of(r)), scratch};
    auto at = std::find_if(forms_.begin(), forms_.end(), [&](const auto& p) { return p->of == f; });
    if (at == forms_.end()) at = forms_.insert(forms_.end(), prepare(f, r));
    prepared& p = **at;
    if (p.status != CUBLAS_STATUS_SUCCESS) return p.status;
    if (const auto status = point(p.description, r); status != CUBLAS_STATUS_SUCCESS) return status;
    const float one = 1, zero = 0;
    const double one_of_64 = 1, zero_of_64 = 0;
    const bool wide = r.type == dtype::f64;
    return cublasLtMatmul(handle_, p.description, wide ? static_cast<const void*>(&one_of_64) : &one, r.b, p.a, r.a, p.b, wide ? static_cast<const void*>(&zero_of_64) : &zero, r.y, p.y, r.y, p.y,
                          &p.algorithm, scratch > 0 ? reinterpret_cast<void*>(begin) : nullptr, scratch, stream);
  }

  cublasLtHandle_t handle_ = nullptr;
  std::vector<std::unique_ptr<prepared>> forms_;
};

}  // namespace tapeless::device
