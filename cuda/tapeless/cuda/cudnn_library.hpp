#pragma once
#include <tapeless/cuda/calls.hpp>
#include <tapeless/cuda/convolution_request.hpp>
#include <tapeless/cuda/cublas_library.hpp>
#include <tapeless/cuda/pooling_request.hpp>

#include <cudnn.h>

#include <functional>
#include <numeric>

namespace tapeless::inline TAPELESS_ABI::device {

/// Convolutions by cuDNN, as far as it has an algorithm that gives the same bits in every run, and pooling; padding is the same on
/// both sides there. What the heuristic chooses is kept for requests of one form.
class cudnn_library {
 public:
  static constexpr int first_error = 20000;

  static int create(void** library) {
    auto made = std::make_unique<cudnn_library>();
    if (const auto status = cudnnCreate(&made->handle_); status != CUDNN_STATUS_SUCCESS) return code_of(status);
    *library = made.release();
    return 0;
  }
  static int destroy(void* library) {
    delete static_cast<cudnn_library*>(library);
    return 0;
  }
  static const char* error_text(int e) { return cudnnGetErrorString(static_cast<cudnnStatus_t>(e - first_error)); }
  static int convolve(void* library, const convolution_request& r, void* stream) {
    return code_of(static_cast<cudnn_library*>(library)->run(r, static_cast<cudaStream_t>(stream)));
  }
  static int pool(void* library, const pooling_request& r, void* stream) {
    return code_of(static_cast<cudnn_library*>(library)->run(r, static_cast<cudaStream_t>(stream)));
  }

  cudnn_library() = default;
  cudnn_library(const cudnn_library&) = delete;
  cudnn_library& operator=(const cudnn_library&) = delete;
  ~cudnn_library() {
    if (handle_ != nullptr) cudnnDestroy(handle_);
  }

 private:
  /// What requests have in common that one algorithm serves.
  struct form {
    convolution_request of;  ///< without addresses
    int algorithm = 0;
    std::size_t scratch = 0;
    cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
  };
  /// Descriptors of a request, for one call.
  struct descriptors {
    cudnnTensorDescriptor_t x = nullptr, y = nullptr;
    cudnnFilterDescriptor_t w = nullptr;
    cudnnConvolutionDescriptor_t convolution = nullptr;
    cudnnPoolingDescriptor_t pooling = nullptr;
    descriptors() = default;
    descriptors(const descriptors&) = delete;
    descriptors& operator=(const descriptors&) = delete;
    ~descriptors() {
      if (x != nullptr) cudnnDestroyTensorDescriptor(x);
      if (y != nullptr) cudnnDestroyTensorDescriptor(y);
      if (w != nullptr) cudnnDestroyFilterDescriptor(w);
      if (convolution != nullptr) cudnnDestroyConvolutionDescriptor(convolution);
      if (pooling != nullptr) cudnnDestroyPoolingDescriptor(pooling);
    }
  };

  static int code_of(cudnnStatus_t s) {
    if (s == CUDNN_STATUS_SUCCESS) return 0;
    return static_cast<int>(s) / 1000 == static_cast<int>(CUDNN_STATUS_NOT_SUPPORTED) / 1000 ? not_supported : first_error + static_cast<int>(s);
  }
  template <class... Steps> static cudnnStatus_t in_turn(Steps... steps) {
    cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
    ((status == CUDNN_STATUS_SUCCESS ? void(status = steps()) : void()), ...);
    return status;
  }
  static int number(std::int64_t n) { return static_cast<int>(n); }
  static bool same_form(const convolution_request& a, const convolution_request& b) {
    const auto same = [](const requested_images& s, const requested_images& t) { return std::equal(s.extents, s.extents + 4, t.extents) && std::equal(s.strides, s.strides + 4, t.strides); };
    return a.what == b.what && a.type == b.type && a.mode == b.mode && same(a.x, b.x) && same(a.w, b.w) && same(a.y, b.y) && a.rows == b.rows && a.columns == b.columns && a.groups == b.groups && a.scratch_bytes == b.scratch_bytes;
  }
  static bool is_row_major(const requested_images& t) {
    std::int64_t stride = 1;
    for (int axis = 3; axis >= 0; stride *= t.extents[axis], --axis)
      if (t.extents[axis] != 1 && t.strides[axis] != stride) return false;
    return true;
  }
  static bool goes_forward(const requested_images& t) { return std::all_of(t.strides, t.strides + 4, [](std::int64_t s) { return s > 0 && s < divisor::least_large; }); }
  /// Padding behind an image that no window reaches makes no difference.
  static bool is_even(const window_axis& a, std::int64_t extent, std::int64_t window, std::int64_t positions) {
    return a.before == a.after || window_axis{a.stride, a.before, a.before, a.dilation}.positions(extent, window) == positions;
  }
  /// Whether cuDNN could be asked at all.
  static bool fits(const convolution_request& r) {
    const auto down = window_axis::unpacked(r.rows), across = window_axis::unpacked(r.columns);
    return is_row_major(r.w) && goes_forward(r.x) && goes_forward(r.y) && is_even(down, r.x.extents[2], r.w.extents[2], r.y.extents[2]) && is_even(across, r.x.extents[3], r.w.extents[3], r.y.extents[3]);
  }
  static bool fits(const pooling_request& r) {
    const auto down = window_axis::unpacked(r.rows), across = window_axis::unpacked(r.columns);
    const auto is_small = [](const requested_images& t) { return std::accumulate(t.extents, t.extents + 4, std::int64_t{1}, std::multiplies<>{}) < divisor::least_large; };
    return is_small(r.x) && goes_forward(r.x) && goes_forward(r.y) && is_even(down, r.x.extents[2], r.window.rows, r.y.extents[2]) && is_even(across, r.x.extents[3], r.window.columns, r.y.extents[3]);
  }
  static cudnnDataType_t type_of(dtype t) { return t == dtype::f64 ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT; }
  static cudnnStatus_t describe(cudnnTensorDescriptor_t& made, cudnnDataType_t type, const requested_images& t) {
    return in_turn([&] { return cudnnCreateTensorDescriptor(&made); },
                   [&] { return cudnnSetTensor4dDescriptorEx(made, type, number(t.extents[0]), number(t.extents[1]), number(t.extents[2]), number(t.extents[3]), number(t.strides[0]), number(t.strides[1]), number(t.strides[2]), number(t.strides[3])); });
  }
  static cudnnStatus_t describe(const pooling_request& r, descriptors& d) {
    const auto mode = r.averages ? CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING : CUDNN_POOLING_MAX_DETERMINISTIC;
    const auto down = window_axis::unpacked(r.rows), across = window_axis::unpacked(r.columns);
    return in_turn([&] { return describe(d.x, type_of(r.type), r.x); }, [&] { return describe(d.y, type_of(r.type), r.y); }, [&] { return cudnnCreatePoolingDescriptor(&d.pooling); },
                   [&] { return cudnnSetPooling2dDescriptor(d.pooling, mode, CUDNN_PROPAGATE_NAN, r.window.rows, r.window.columns, number(down.before), number(across.before), number(down.stride), number(across.stride)); });
  }
  static cudnnStatus_t describe(const convolution_request& r, descriptors& d) {
    const auto type = type_of(r.type);
    // Products of floats are of floats, unless the user has chosen otherwise.
    const auto math = r.mode == product_mode::f32 || r.type == dtype::f64 ? CUDNN_FMA_MATH : r.mode == product_mode::tf32 ? CUDNN_DEFAULT_MATH : CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION;
    const auto down = window_axis::unpacked(r.rows), across = window_axis::unpacked(r.columns);
    return in_turn([&] { return describe(d.x, type, r.x); }, [&] { return describe(d.y, type, r.y); }, [&] { return cudnnCreateFilterDescriptor(&d.w); },
                   [&] { return cudnnSetFilter4dDescriptor(d.w, type, CUDNN_TENSOR_NCHW, number(r.w.extents[0]), number(r.w.extents[1]), number(r.w.extents[2]), number(r.w.extents[3])); },
                   [&] { return cudnnCreateConvolutionDescriptor(&d.convolution); },
                   [&] { return cudnnSetConvolution2dDescriptor(d.convolution, number(down.before), number(across.before), number(down.stride), number(across.stride), number(down.dilation), number(across.dilation), CUDNN_CROSS_CORRELATION, type); },
                   [&] { return cudnnSetConvolutionGroupCount(d.convolution, number(r.groups)); }, [&] { return cudnnSetConvolutionMathType(d.convolution, math); });
  }
  /// The first algorithm that is deterministic, of the mode's numbers, and has enough scratch memory.
  template <class Found, class Ask> static void choose(form& f, cudnnMathType_t allowed, Ask ask) {
    Found found[8]{};
    int count = 0;
    f.status = ask(8, &count, found);
    if (f.status != CUDNN_STATUS_SUCCESS) return;
    f.status = CUDNN_STATUS_NOT_SUPPORTED;
    for (int i = 0; i < count; ++i) {
      const auto& one = found[i];
      if (one.status != CUDNN_STATUS_SUCCESS || one.determinism != CUDNN_DETERMINISTIC || one.memory > static_cast<std::size_t>(f.of.scratch_bytes)) continue;
      if (allowed == CUDNN_FMA_MATH && one.mathType != CUDNN_FMA_MATH && one.mathType != CUDNN_DEFAULT_MATH) continue;
      f.algorithm = static_cast<int>(one.algo), f.scratch = one.memory, f.status = CUDNN_STATUS_SUCCESS;
      return;
    }
  }

  /// What results are multiplied with, and what stood there before, as cuDNN asks for it.
  class factors {
   public:
    explicit factors(dtype type) : is_wide_(type == dtype::f64) {}
    const void* one() const { return is_wide_ ? static_cast<const void*>(&wide_[1]) : &narrow_[1]; }
    const void* zero() const { return is_wide_ ? static_cast<const void*>(&wide_[0]) : &narrow_[0]; }

   private:
    static constexpr float narrow_[]{0, 1};
    static constexpr double wide_[]{0, 1};
    bool is_wide_;
  };

  cudnnStatus_t run(const pooling_request& r, cudaStream_t stream) {
    if (!fits(r)) return CUDNN_STATUS_NOT_SUPPORTED;
    descriptors d;
    const factors by(r.type);
    return in_turn([&] { return cudnnSetStream(handle_, stream); }, [&] { return describe(r, d); },
                   [&] { return cudnnPoolingForward(handle_, d.pooling, by.one(), d.x, r.x.data, by.zero(), d.y, r.y.data); });
  }
  cudnnStatus_t run(const convolution_request& r, cudaStream_t stream) {
    if (!fits(r)) return CUDNN_STATUS_NOT_SUPPORTED;
    descriptors d;
    if (const auto status = in_turn([&] { return cudnnSetStream(handle_, stream); }, [&] { return describe(r, d); }); status != CUDNN_STATUS_SUCCESS) return status;
    auto at = std::find_if(forms_.begin(), forms_.end(), [&](const form& f) { return same_form(f.of, r); });
    if (at == forms_.end()) {
      form f{.of = r};
      const auto math = r.mode == product_mode::f32 ? CUDNN_FMA_MATH : CUDNN_DEFAULT_MATH;
      switch (r.what) {
        case convolved::result: choose<cudnnConvolutionFwdAlgoPerf_t>(f, math, [&](int n, int* count, auto* found) { return cudnnGetConvolutionForwardAlgorithm_v7(handle_, d.x, d.w, d.convolution, d.y, n, count, found); }); break;
        case convolved::images: choose<cudnnConvolutionBwdDataAlgoPerf_t>(f, math, [&](int n, int* count, auto* found) { return cudnnGetConvolutionBackwardDataAlgorithm_v7(handle_, d.w, d.y, d.convolution, d.x, n, count, found); }); break;
        case convolved::kernels: choose<cudnnConvolutionBwdFilterAlgoPerf_t>(f, math, [&](int n, int* count, auto* found) { return cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle_, d.x, d.y, d.convolution, d.w, n, count, found); }); break;
      }
      at = forms_.insert(forms_.end(), f);
    }
    if (at->status != CUDNN_STATUS_SUCCESS) return at->status;
    const factors by(r.type);
    const void *const alpha = by.one(), *const beta = by.zero();
    switch (r.what) {
      case convolved::result: return cudnnConvolutionForward(handle_, alpha, d.x, r.x.data, d.w, r.w.data, d.convolution, static_cast<cudnnConvolutionFwdAlgo_t>(at->algorithm), r.scratch, at->scratch, beta, d.y, r.y.data);
      case convolved::images: return cudnnConvolutionBackwardData(handle_, alpha, d.w, r.w.data, d.y, r.y.data, d.convolution, static_cast<cudnnConvolutionBwdDataAlgo_t>(at->algorithm), r.scratch, at->scratch, beta, d.x, r.x.data);
      case convolved::kernels: break;
    }
    return cudnnConvolutionBackwardFilter(handle_, alpha, d.x, r.x.data, d.y, r.y.data, d.convolution, static_cast<cudnnConvolutionBwdFilterAlgo_t>(at->algorithm), r.scratch, at->scratch, beta, d.w, r.w.data);
  }

  cudnnHandle_t handle_ = nullptr;
  std::vector<form> forms_;
};

/// Products by cuBLASLt, convolutions and pooling by cuDNN, for cuda_with_products.
struct cublas_and_cudnn {
  static constexpr int first_error = cublas_library::first_error;
  static const char* error_name(int e) { return e >= cudnn_library::first_error ? "cuDNN" : cublas_library::error_name(e); }
  static const char* error_text(int e) { return e >= cudnn_library::first_error ? cudnn_library::error_text(e) : cublas_library::error_text(e); }

  static int create(void** library) {
    auto made = std::make_unique<cublas_and_cudnn>();
    if (const int code = cublas_library::create(&made->cublas_)) return code;
    if (const int code = cudnn_library::create(&made->cudnn_)) return cublas_library::destroy(made->cublas_), code;
    *library = made.release();
    return 0;
  }
  static int destroy(void* library) {
    auto* const both = static_cast<cublas_and_cudnn*>(library);
    cublas_library::destroy(both->cublas_), cudnn_library::destroy(both->cudnn_);
    delete both;
    return 0;
  }
  static int product(void* library, const product_request& r, void* stream) { return cublas_library::product(static_cast<cublas_and_cudnn*>(library)->cublas_, r, stream); }
  static int convolve(void* library, const convolution_request& r, void* stream) { return cudnn_library::convolve(static_cast<cublas_and_cudnn*>(library)->cudnn_, r, stream); }
  static int pool(void* library, const pooling_request& r, void* stream) { return cudnn_library::pool(static_cast<cublas_and_cudnn*>(library)->cudnn_, r, stream); }

 private:
  void *cublas_ = nullptr, *cudnn_ = nullptr;
};

}  // namespace tapeless::device
