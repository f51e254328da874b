#pragma once
#include <tapeless/backend/windowed.hpp>
#include <tapeless/cuda/host_calls.hpp>
#include <tapeless/cuda/with_products.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace device {

/// Stands for a library of products, convolutions and pooling where the card is simulated: a request runs there as a kernel does, in its turn.
struct host_products {
  static constexpr int first_error = 10000;
  static const char* error_name(int) { return "none"; }
  static const char* error_text(int) { return "a library that is simulated has no errors"; }
  static int create(void** library) { return host_calls::table().create_library(library); }
  static int destroy(void* library) { return host_calls::table().destroy_library(library); }
  static int product(void*, const product_request& r, stream_handle stream) {
    launch l;
    l.on_host = [](const grid&, const void* request) { device::carry_out(*static_cast<const product_request*>(request)); };
    l.arguments = &r, l.argument_bytes = sizeof r, l.name = "product";
    return host_calls::table().launch_kernel(l, stream);
  }
  static int convolve(void*, const convolution_request& r, stream_handle stream) {
    if (r.type != dtype::f32) return not_supported;
    launch l;
    l.on_host = [](const grid&, const void* request) { carry_out(*static_cast<const convolution_request*>(request)); };
    l.arguments = &r, l.argument_bytes = sizeof r, l.name = "convolution";
    return host_calls::table().launch_kernel(l, stream);
  }
  static int pool(void*, const pooling_request& r, stream_handle stream) {
    if (r.type != dtype::f32) return not_supported;
    launch l;
    l.on_host = [](const grid&, const void* request) { carry_out(*static_cast<const pooling_request*>(request)); };
    l.arguments = &r, l.argument_bytes = sizeof r, l.name = "pooling";
    return host_calls::table().launch_kernel(l, stream);
  }

 private:
  template <class T> static tensor_view<T> view(const requested_images& t) {
    tensor_view<T> v{.data = static_cast<T*>(t.data), .rank = 4};
    for (std::size_t i = 0; i < 4; ++i) v.extents[i] = t.extents[i], v.strides[i] = t.strides[i];
    return v;
  }
  static void carry_out(const convolution_request& r) {
    const attributes a{.a = r.rows, .b = r.columns, .c = r.groups};
    if (r.what == convolved::result) windowed_loops<conv2d_op>::run(a, view<float>(r.y), view<const float>(r.x), view<const float>(r.w));
    else if (r.what == convolved::images) windowed_loops<conv2d_by_images_op>::run(a, view<float>(r.x), view<const float>(r.y), view<const float>(r.w));
    else windowed_loops<conv2d_by_kernels_op>::run(a, view<float>(r.w), view<const float>(r.x), view<const float>(r.y));
  }
  static void carry_out(const pooling_request& r) {
    const attributes a{.a = r.rows, .b = r.columns, .c = r.window.rows | std::int64_t{r.window.columns} << 32};
    if (r.averages) windowed_loops<average_pool_op>::run(a, view<float>(r.y), view<const float>(r.x));
    else windowed_loops<max_pool_op>::run(a, view<float>(r.y), view<const float>(r.x));
  }
};

}  // namespace device

/// tl::cuda_cudnn on a card that the host simulates, with plain loops for the libraries; for tests.
struct cuda_products_on_host : cuda_with_products<device::host_calls, device::host_products, device::product_mode::f32> {};

}  // namespace tapeless
