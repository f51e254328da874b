#pragma once
#include <tapeless/cuda/convolution.hpp>
#include <tapeless/cuda/product_issue.hpp>

#include <algorithm>
#include <string>

namespace tapeless::inline TAPELESS_ABI::device {

/// A convolution as a library is asked for it: which of x, w and y is computed from the others; addresses are of the card.
struct convolution_request {
  struct tensor {
    void* data = nullptr;
    std::int64_t extents[4]{}, strides[4]{};
  };
  convolved what = convolved::result;
  dtype type = dtype::f32;
  product_mode mode = product_mode::f32;
  tensor x{}, w{}, y{};
  std::int64_t rows = 0, columns = 0;  ///< window_axis, packed
  std::int64_t groups = 1;
  std::byte* scratch = nullptr;
  std::int64_t scratch_bytes = 0;
};

/// What is computed from what, for messages.
inline std::string to_string(const convolution_request& r) {
  const auto text_of = [](const convolution_request::tensor& t) {
    std::string s;
    for (const auto n : t.extents) s += (s.empty() ? "" : "x") + std::to_string(n);
    return s;
  };
  constexpr const char* names[]{"result of ", "gradient by images of ", "gradient by kernels of "};
  return names[static_cast<int>(r.what)] + text_of(r.x) + " images by " + text_of(r.w) + " kernels";
}

/// A library that has convolutions.
template <class Library>
concept convolves = requires(void* library, const convolution_request& r) { Library::convolve(library, r, library); };

/// What issues a convolution: by the queue's library where that takes it, else by a kernel of our own.
template <class Library, product_mode Mode, class Program, int K> struct convolution_issue : op_issue<Program, K> {
  using own = op_issue<Program, K>;
  using value = element_of<Program::graph[own::node].type>;
  static constexpr convolved what = is_op<conv2d_op>(Program::graph[own::node].op) ? convolved::result : is_op<conv2d_by_images_op>(Program::graph[own::node].op) ? convolved::images : convolved::kernels;

  static std::int64_t scratch_bytes(const std::int64_t* numbers) { return std::max(own::scratch_bytes(numbers), library_scratch_bytes); }
  template <class Queue> static void issue(Queue& queue, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    using places = convolution_launches<what>;
    const auto t = read_tensors<3>(numbers);
    convolution_request r{.what = what, .type = dtype_of<value>, .mode = Mode, .rows = own::a.a, .columns = own::a.b, .groups = own::a.c, .scratch = scratch, .scratch_bytes = scratch_bytes(numbers)};
    bool any = true;
    const auto put = [&](convolution_request::tensor& to, std::size_t i) {
      to.data = address<value>(tensors[i], t[i]);
      for (int axis = 0; axis < 4; ++axis) to.extents[axis] = t[i].extent(axis), to.strides[axis] = t[i].stride(axis), any = any && t[i].extent(axis) > 0;
    };
    put(r.x, places::of_x), put(r.w, places::of_w), put(r.y, places::of_y);
    if (!any || !queue.ask_library("convolution by a library", r, &Library::convolve)) own::issue(queue, tensors, numbers, scratch);
  }
};

/// Whether kernel K of a program is one.
template <class Program, int K> constexpr bool is_convolution() {
  constexpr const op_info* op = Program::graph[Program::plan.kernels[K].node].op;
  return is_op<conv2d_op>(op) || is_op<conv2d_by_images_op>(op) || is_op<conv2d_by_kernels_op>(op);
}

}  // namespace tapeless::device
