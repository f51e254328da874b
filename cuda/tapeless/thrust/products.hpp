#pragma once
#include <tapeless/backend/simd/kernel_of.hpp>
#include <tapeless/thrust/loops.hpp>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

/// A matrix product by the kernels of tl::simd, in as many shares as the system has threads. `E`: its product_extents. A card has
/// products of its own: see card_kernel.
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
    if constexpr (!std::is_floating_point_v<T>) return 0;
    else return align_up(wide::gemm_workspace<T>(extents_of(numbers).m, extents_of(numbers).n, extents_of(numbers).k) * static_cast<std::int64_t>(sizeof(T)));
  }

  struct share_item {
    kernel_call call;
    std::int64_t bytes, count;
    void operator()(std::int64_t i) const { on_host::run_share(call.storages, call.touched, call.numbers, call.workspace + i * bytes, nullptr, {static_cast<int>(i), static_cast<int>(count)}); }
  };

  static void run(const System& on, const kernel_call& call) {
    const auto e = extents_of(call.numbers);
    const std::int64_t shares = e.m * e.n * e.k < least_shared ? 1 : call.shares;
    on.each(shares, e.m * e.n * e.k, share_item{call, call.share_bytes, shares});
  }
};

}  // namespace tapeless::thrust_detail
