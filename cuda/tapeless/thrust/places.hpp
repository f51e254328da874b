#pragma once
#include <tapeless/backend/tensor_view.hpp>
#include <tapeless/core/config.hpp>
#include <tapeless/graph/op.hpp>

#include <type_traits>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

TAPELESS_HOST_DEVICE constexpr std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

/// f(0), ..., f(N - 1) with constants, so that what is indexed by them may stand in registers.
template <int N, class F> TAPELESS_HOST_DEVICE void repeat(F f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<int, static_cast<int>(I)>{}), ...); }(std::make_index_sequence<static_cast<std::size_t>(N)>{});
}

/// The place of an element in a tensor, by axis.
struct place {
  std::int64_t axis[max_rank];

  /// Of the i-th element in row-major order.
  template <class T> TAPELESS_HOST_DEVICE static place of(const tensor_view<T>& t, std::int64_t i) {
    place p{};
    repeat<max_rank>([&](auto k) {
      constexpr int n = max_rank - 1 - decltype(k)::value;
      if (n < t.rank) p.axis[n] = i % t.extents[n], i /= t.extents[n];
    });
    return p;
  }
};
template <class T> TAPELESS_HOST_DEVICE T& at(const tensor_view<T>& t, const place& p) {
  std::int64_t offset = 0;
  repeat<max_rank>([&](auto k) {
    constexpr int n = decltype(k)::value;
    if (n < t.rank) offset += p.axis[n] * t.strides[n];
  });
  return t.data[offset];
}

/// What is neither a loop nor a product, as functors over the elements of the result, which do not read what others write:
/// `op_items<Op>::run(system, attributes, out, in...)`.
template <class Op> struct op_items;

}  // namespace tapeless::thrust_detail
