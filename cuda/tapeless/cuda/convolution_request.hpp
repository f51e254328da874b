#pragma once
#include <tapeless/cuda/convolution.hpp>
#include <tapeless/cuda/product_issue.hpp>

#include <algorithm>
#include <string>

namespace tapeless::inline TAPELESS_ABI::device {

/// A tensor of four axes as a library is told of it; the address is of the card.
struct requested_images {
  void* data = nullptr;
  std::int64_t extents[4]{}, strides[4]{};
  bool empty() const { return std::any_of(extents, extents + 4, [](std::int64_t n) { return n == 0; }); }
};
template <class T> requested_images request_images(void* storage, const tensor_numbers& t) {
  requested_images x{address<T>(storage, t)};
  for (int axis = 0; axis < 4; ++axis) x.extents[axis] = t.extent(axis), x.strides[axis] = t.stride(axis);
  return x;
}
inline std::string to_string(const requested_images& t) {
  std::string s;
  for (const auto n : t.extents) s += (s.empty() ? "" : "x") + std::to_string(n);
  return s;
}

/// A convolution as a library is asked for it: which of x, w and y is computed from the others.
struct convolution_request {
  convolved what = convolved::result;
  dtype type = dtype::f32;
  product_mode mode = product_mode::f32;
  requested_images x{}, w{}, y{};
  std::int64_t rows = 0, columns = 0;  ///< window_axis, packed
  std::int64_t groups = 1;
  std::byte* scratch = nullptr;
  std::int64_t scratch_bytes = 0;
};

/// What is computed from what, for messages.
inline std::string to_string(const convolution_request& r) {
  constexpr const char* names[]{"result of ", "gradient by images of ", "gradient by kernels of "};
  return names[static_cast<int>(r.what)] + to_string(r.x) + " images by " + to_string(r.w) + " kernels";
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
    const auto at = [&](std::size_t i) { return request_images<value>(tensors[i], t[i]); };
    r.x = at(places::of_x), r.w = at(places::of_w), r.y = at(places::of_y);
    if (r.x.empty() || r.w.empty() || r.y.empty() || !queue.ask_library("convolution by a library", r, &Library::convolve)) own::issue(queue, tensors, numbers, scratch);
  }
};

/// Whether kernel K of a program is one.
template <class Program, int K> constexpr bool is_convolution() {
  constexpr const op_info* op = Program::graph[Program::plan.kernels[K].node].op;
  return is_op<conv2d_op>(op) || is_op<conv2d_by_images_op>(op) || is_op<conv2d_by_kernels_op>(op);
}

}  // namespace tapeless::device
