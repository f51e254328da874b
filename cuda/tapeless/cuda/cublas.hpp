#pragma once
#include <tapeless/cuda/cublas_library.hpp>
#include <tapeless/cuda/cuda_calls.hpp>
#include <tapeless/cuda/with_products.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// tl::cuda with matrix products by cuBLASLt, which the program is linked with: `tl::session<tl::cuda_cublas<>>(loss, update)`.
///   Mode    f32, or tensor cores from numbers of fewer bits: `tl::cuda_cublas<tl::product_mode::tf32>`; sums are of f32.
///           In the modes bf16 and f16 operands are stored so: the loop or the product that makes one writes it in two bytes, once
///   fused   bias, relu, gelu_tanh behind a product, the gradients of these two, the gradient of a bias
///   else    products that cuBLASLt does not take, such as those of integers, are computed as by tl::cuda
template <device::product_mode Mode = device::product_mode::f32> struct cuda_cublas : cuda_with_products<device::cuda_calls, device::cublas_library, Mode> {};
using device::product_mode;

}  // namespace tapeless
