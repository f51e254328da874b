#pragma once
#include <tapeless/backend/simd/kernel_of.hpp>
#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/thrust/loops.hpp>
#include <tapeless/thrust/places.hpp>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

/// One element of a product.
template <class T> struct product_item {
  tensor_view<T> y;
  tensor_view<const T> a, b;
  std::int64_t depth, a_step, b_step;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const auto p = place::of(y, item);
    const T* const left = &at(a, p);
    const T* const right = &at(b, p);
    T sum{};
    for (std::int64_t k = 0; k < depth; ++k) sum = add_op::value(sum, multiply_op::value(left[k * a_step], right[k * b_step]));
    at(y, p) = sum;
  }
};
/// An operand with y's axes: of the last two, the one that is summed over stands still, as do leading ones of extent 1.
template <class T> tensor_view<const T> spread_operand(const tensor_view<const T>& t, const tensor_view<T>& y, bool transposed, bool is_left) {
  tensor_view<const T> s{.data = t.data, .rank = y.rank, .extents = y.extents};
  const int shift = y.rank - t.rank;
  for (int n = 0; n < t.rank - 2; ++n) s.strides[index(shift + n)] = t.extents[index(n)] == 1 ? 0 : t.strides[index(n)];
  s.strides[index(y.rank - (is_left ? 2 : 1))] = t.strides[index(t.rank - (is_left != transposed ? 2 : 1))];
  return s;
}

/// A matrix product: on the processor by the kernels of tl::simd, in as many shares as the system has threads, else element
/// by element. `E`: its product_extents.
template <class System, class T, auto E> struct product_kernel {
  using on_host = simd_detail::matmul_kernel<wide::own_products, T, E, simd_detail::no_epilogue>;
  static constexpr std::int64_t least_shared = 1 << 18;  ///< multiplications

  struct extents {
    std::int64_t m, n, k;
  };
  /// Of a and y; between them stands b.
  static constexpr extents extents_of(const std::int64_t* numbers) {
    const auto next = [](const std::int64_t* t) { return t + 2 + 2 * t[1]; };
    const auto* const y = next(next(numbers));
    const auto rank = numbers[1];
    return {y[2 + y[1] - 2], y[2 + y[1] - 1], numbers[2 + (E.transpose_a ? rank - 2 : rank - 1)]};
  }
  static constexpr std::int64_t workspace(const std::int64_t* numbers) {
    if constexpr (!System::multiplies_on_host || !std::is_floating_point_v<T>) return 0;
    else return align_up(wide::gemm_workspace<T>(extents_of(numbers).m, extents_of(numbers).n, extents_of(numbers).k) * static_cast<std::int64_t>(sizeof(T)));
  }

  struct share_item {
    kernel_call call;
    std::int64_t bytes, count;
    void operator()(std::int64_t i) const { on_host::run_share(call.storages, call.touched, call.numbers, call.workspace + i * bytes, nullptr, {static_cast<int>(i), static_cast<int>(count)}); }
  };

  static void run(const System& on, const kernel_call& call) {
    const auto e = extents_of(call.numbers);
    if constexpr (System::multiplies_on_host) {
      const std::int64_t shares = e.m * e.n * e.k < least_shared ? 1 : call.shares;
      on.each(shares, e.m * e.n * e.k, share_item{call, call.share_bytes, shares});
    } else {
      const auto* numbers = call.numbers;
      const auto a = read_tensor<const T>(call.storages[call.touched[0]], numbers);
      const auto b = read_tensor<const T>(call.storages[call.touched[1]], numbers);
      const auto y = read_tensor<T>(call.storages[call.touched[2]], numbers);
      const auto step = [](const auto& t, bool last) { return t.strides[index(t.rank - (last ? 1 : 2))]; };
      on.each(y.size(), y.size() * e.k,
                   product_item<T>{y, spread_operand(a, y, E.transpose_a, true), spread_operand(b, y, E.transpose_b, false), e.k, step(a, !E.transpose_a), step(b, E.transpose_b)});
    }
  }
};

}  // namespace tapeless::thrust_detail
