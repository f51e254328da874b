#pragma once
#include <tapeless/cuda/convolution_request.hpp>
#include <tapeless/cuda/pooling.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// A pooling as a library is asked for it: y, the greatest or the mean of each window of x.
struct pooling_request {
  bool averages = false;
  dtype type = dtype::f32;
  requested_images x{}, y{};
  std::int64_t rows = 0, columns = 0;  ///< window_axis, packed
  per_axis window = 1;
};

/// What is computed from what, for messages.
inline std::string to_string(const pooling_request& r) {
  return std::string(r.averages ? "means of " : "greatest of ") + std::to_string(r.window.rows) + "x" + std::to_string(r.window.columns) + " windows of " + to_string(r.x) + " images";
}

/// A library that has pooling.
template <class Library>
concept pools = requires(void* library, const pooling_request& r) { Library::pool(library, r, library); };

/// What issues a pooling: by the queue's library where that takes it, else by a kernel of our own. Gradients are always our own: a
/// library asks for results that are not kept, and does not say which of equal elements is the greatest.
template <class Library, class Program, int K> struct pooling_issue : op_issue<Program, K> {
  using own = op_issue<Program, K>;
  using value = element_of<Program::graph[own::node].type>;

  template <class Queue> static void issue(Queue& queue, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    const auto t = read_tensors<2>(numbers);
    const pooling_request r{.averages = is_op<average_pool_op>(Program::graph[own::node].op), .type = dtype_of<value>, .x = request_images<value>(tensors[0], t[0]), .y = request_images<value>(tensors[1], t[1]),
                            .rows = own::a.a, .columns = own::a.b, .window = tapeless::pool::window_of(own::a)};
    if (r.x.empty() || r.y.empty() || !queue.ask_library("pooling by a library", r, &Library::pool)) own::issue(queue, tensors, numbers, scratch);
  }
};

/// Whether kernel K of a program is one.
template <class Program, int K> constexpr bool is_pooling() {
  constexpr const op_info* op = Program::graph[Program::plan.kernels[K].node].op;
  return is_op<max_pool_op>(op) || is_op<average_pool_op>(op);
}

}  // namespace tapeless::device
