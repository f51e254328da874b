#pragma once
#include <tapeless/cuda/op_issue.hpp>
#include <tapeless/cuda/own_epilogues.hpp>
#include <tapeless/plan/memory.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// Memory that a library may use during a product.
inline constexpr std::int64_t library_scratch_bytes = 32 << 20;

/// Hands a request to the queue's library; false: there is none, or it does not take it.
template <class Queue> bool multiply_by_library(Queue& queue, const product_request& r) {
  if constexpr (requires { queue.multiply(r); }) return queue.multiply(r);
  else return false;
}

/// Whether a matrix stands as a library takes it; says how.
inline bool lay_out(const tensor_numbers& t, matrix_layout& l) {
  const auto i = t.rank - 2, j = t.rank - 1;
  const auto fits = [](std::int64_t step, std::int64_t stride, std::int64_t lines, std::int64_t length) { return (stride == 1 || length == 1) && (step >= length || lines == 1); };
  if (fits(t.stride(i), t.stride(j), t.extent(i), t.extent(j))) l.leading = t.extent(i) == 1 ? t.extent(j) : t.stride(i), l.by_columns = false;
  else if (fits(t.stride(j), t.stride(i), t.extent(j), t.extent(i))) l.leading = t.extent(j) == 1 ? t.extent(i) : t.stride(j), l.by_columns = true;
  else return false;
  return true;
}

/// A product as a library is asked for it; false: it has to be computed otherwise.
template <class T, class In> bool request_of(const product_numbers& p, void* const* tensors, product_request& r) {
  r.m = p.m, r.n = p.n, r.k = p.k, r.batches = p.batches.size, r.type = dtype_of<T>, r.stored = dtype_of<In>;
  r.a = address<const In>(tensors[0], p.a), r.b = address<const In>(tensors[1], p.b), r.y = address<T>(tensors[2], p.y);
  bool fits = p.m > 0 && p.n > 0 && p.k > 0 && p.batches.size > 0 && p.batches.rank <= 1;
  fits = lay_out(p.a, r.a_layout) && lay_out(p.b, r.b_layout) && lay_out(p.y, r.y_layout) && fits && !r.y_layout.by_columns;
  if (p.batches.rank == 1) r.y_layout.batch_stride = p.batches.strides[0][0], r.a_layout.batch_stride = p.batches.strides[1][0], r.b_layout.batch_stride = p.batches.strides[2][0];
  return fits;
}

/// What issues kernel K of a program, a product: by the queue's library where there is one that takes it, else by kernels of
/// our own. Behind its operands and its result stand what its epilogue touches: see fuse_products.
template <class Program, int K, product_mode Mode> struct product_issue {
  static constexpr auto kernel = Program::plan.kernels[K];
  static constexpr attributes a = Program::graph.attributes_of(kernel.node);
  static constexpr auto finish = static_cast<epilogue>(kernel.finish);
  using value = element_of<Program::graph[kernel.node].type>;
  using stored = element_of<Program::graph[Program::graph.operand_of(kernel.node, 0)].type>;  ///< operands
  using written = element_of<Program::graph[Program::plan.accesses[kernel.first_access + 2].node].type>;  ///< value, or narrower
  static constexpr bool is_floating = std::is_floating_point_v<value>;

  static std::int64_t scratch_bytes(const std::int64_t* numbers) {
    const auto p = read_product(numbers, a);
    const auto own = std::max(tile_scratch_bytes(matrices_of<value, stored>(p, nullptr)), epilogue_scratch_bytes(finish, p.m, p.n, p.k));
    return wide_bytes(p) + (is_floating && p.m * p.n * p.k > 1 << 20 ? std::max(own, library_scratch_bytes) : own);
  }
  template <class Queue> static void issue(Queue& queue, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    auto p = read_product(numbers, a);
    if constexpr (is_floating) {
      product_request r;
      const bool fits = request_of<value, stored>(p, tensors, r);
      r.mode = Mode, r.finish = finish, r.scratch = scratch, r.scratch_bytes = scratch_bytes(numbers);
      read_epilogue(r, tensors, numbers);
      if constexpr (narrow<written>) {
        auto* const to = address<written>(tensors[2], p.y);
        r.y = to, r.type = dtype_of<written>;
        if (fits && multiply_by_library(queue, r)) return;
        void* const in_scratch[]{tensors[0], tensors[1], scratch};
        p.y.offset = 0, r.y = scratch, r.type = dtype_of<value>, r.scratch += wide_bytes(p), r.scratch_bytes -= wide_bytes(p);
        compute(queue, p, r, in_scratch, fits);
        launch_on<narrow_kernel<written>>(queue, {to, static_cast<const float*>(r.y), p.m * p.n});
      } else {
        compute(queue, p, r, tensors, fits);
      }
    } else {
      launch_tiles(queue, matrices_of<value, stored>(p, tensors), scratch);
    }
  }

 private:
  /// Of a result that is narrowed, before that: where the library does not do it.
  static std::int64_t wide_bytes(const product_numbers& p) { return narrow<written> ? align_up(p.m * p.n * static_cast<std::int64_t>(sizeof(value))) : 0; }

  /// A result as wide as it is computed.
  template <class Queue> static void compute(Queue& queue, const product_numbers& p, product_request& r, void* const* tensors, bool fits) {
    if (fits && multiply_by_library(queue, r)) return;
    r.finish = epilogue::none;
    const bool multiplied = finish != epilogue::none && fits && multiply_by_library(queue, r);
    if (!multiplied) launch_tiles(queue, matrices_of<value, stored>(p, tensors), r.scratch);
    r.finish = finish;
    if constexpr (finish != epilogue::none) launch_epilogue(queue, r);
  }
  static void read_epilogue(product_request& r, void* const* tensors, const std::int64_t* numbers) {
    for (int i = 0; i < 3; ++i) read_tensor(numbers);
    int next = 3;
    const auto take = [&]() -> void* { return address<float>(tensors[next++], read_tensor(numbers)); };
    if constexpr (has_bias(finish)) r.bias = take();
    if constexpr (has_sums(finish)) r.sums = take();
    if constexpr (has_kept(finish)) r.kept = take();
  }
};

}  // namespace tapeless::device
