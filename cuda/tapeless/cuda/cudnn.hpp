#pragma once
#include <tapeless/cuda/cuda_calls.hpp>
#include <tapeless/cuda/cudnn_library.hpp>
#include <tapeless/cuda/with_products.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// tl::cuda_cublas with convolutions and pooling by cuDNN, which the program is linked with as well:
/// `tl::session<tl::cuda_cudnn<>>(loss, update)`.
///   taken   conv2d and its gradients, where cuDNN has an algorithm that gives the same bits in every run; max_pool2d, average_pool2d
///   else    as by tl::cuda: gradients of pooling too, which cuDNN computes from a result that is not kept here
template <device::product_mode Mode = device::product_mode::f32> struct cuda_cudnn : cuda_with_products<device::cuda_calls, device::cublas_and_cudnn, Mode> {};

}  // namespace tapeless
