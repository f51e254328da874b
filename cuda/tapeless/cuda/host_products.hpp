#pragma once
#include <tapeless/cuda/host_calls.hpp>
#include <tapeless/cuda/with_products.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace device {

/// Stands for a library of products where the card is simulated: a request runs there as a kernel does, in its turn.
struct host_products {
  static constexpr int first_error = 10000;
  static const char* error_name(int) { return "none"; }
  static const char* error_text(int) { return "a library that is simulated has no errors"; }
  static int create(void** library) { return host_calls::table().create_library(library); }
  static int destroy(void* library) { return host_calls::table().destroy_library(library); }
  static int product(void*, const product_request& r, stream_handle stream) {
    launch l;
    l.on_host = [](const grid&, const void* request) { carry_out(*static_cast<const product_request*>(request)); };
    l.arguments = &r, l.argument_bytes = sizeof r, l.name = "product";
    return host_calls::table().launch_kernel(l, stream);
  }
};

}  // namespace device

/// tl::cuda_cublas on a card that the host simulates, with plain loops for the library; for tests.
struct cuda_products_on_host : cuda_with_products<device::host_calls, device::host_products, device::product_mode::f32> {};

}  // namespace tapeless
