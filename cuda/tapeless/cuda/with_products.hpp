#pragma once
#include <tapeless/cuda/convolution_request.hpp>
#include <tapeless/cuda/cuda_with.hpp>
#include <tapeless/cuda/kernels.hpp>
#include <tapeless/cuda/pooling_request.hpp>
#include <tapeless/cuda/product_issue.hpp>
#include <tapeless/device/fuse_products.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace device {

template <class Program> struct planned_for_device<planned_with_epilogues<Program>> { using type = planned_with_epilogues<Program>; };

template <class Library, product_mode Mode> struct kernels_and_library;
template <class Library, product_mode Mode, class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct library_issue : kernel_issue<Program, K> {};
template <class Library, product_mode Mode, class Program, int K> struct library_issue<Library, Mode, Program, K, kernel_kind::contraction> : product_issue<Program, K, Mode> {};
template <class Library, product_mode Mode, class Program, int K> struct library_issue<Library, Mode, Program, K, kernel_kind::region> : region_issue<kernels_and_library<Library, Mode>, Program, K> {};
template <class Library, product_mode Mode, class Program, int K> constexpr auto windowed_issue_of() {
  if constexpr (convolves<Library> && is_convolution<Program, K>()) return std::type_identity<convolution_issue<Library, Mode, Program, K>>{};
  else if constexpr (pools<Library> && is_pooling<Program, K>()) return std::type_identity<pooling_issue<Library, Program, K>>{};
  else return std::type_identity<kernel_issue<Program, K>>{};
}
template <class Library, product_mode Mode, class Program, int K>
struct library_issue<Library, Mode, Program, K, kernel_kind::windowed> : decltype(windowed_issue_of<Library, Mode, Program, K>())::type {};

/// The kernels of own_kernels, with products, and convolutions and pooling where it has them, by a library.
template <class Library, product_mode Mode> struct kernels_and_library {
  static constexpr bool asks_library = true;
  template <class Program, int K> using of = library_issue<Library, Mode, Program, K>;
  template <class Program, int Storage> using fixed = fixed_issue<Program, Storage>;
};

/// Calls with those of a library of products: Library has create, destroy and product, as `calls` has them, and what its own
/// errors are called, which come as numbers from `first_error` on. It may have `convolve` and `pool` too.
template <class Calls, class Library> struct with_library : Calls {
  static const calls& table() {
    static const calls t = [] {
      calls c = Calls::table();
      c.create_library = &Library::create, c.destroy_library = &Library::destroy, c.product = &Library::product;
      c.error_name = [](int e) { return e >= Library::first_error ? Library::error_name(e) : Calls::table().error_name(e); };
      c.error_text = [](int e) { return e >= Library::first_error ? Library::error_text(e) : Calls::table().error_text(e); };
      return c;
    }();
    return t;
  }
};

}  // namespace device

/// A backend as cuda_with that gives products of floats to a library, along with what follows them where the library has that:
/// see device::epilogue. `Mode`: how products of f32 are computed.
template <class Calls, class Library, device::product_mode Mode> struct cuda_with_products : cuda_with<device::with_library<Calls, Library>, device::kernels_and_library<Library, Mode>> {
  template <class Program> using program = device::planned_with_epilogues<device::narrowed<Program, Mode>>;
};

}  // namespace tapeless
