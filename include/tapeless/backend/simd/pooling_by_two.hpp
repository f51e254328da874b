#pragma once
#include <tapeless/backend/simd/math.hpp>
#include <tapeless/backend/windowed.hpp>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

#ifdef TAPELESS_HAS_SHUFFLES
inline constexpr bool has_shuffles = true;

/// The even lanes of a, and behind them the odd ones of b.
template <class T, std::size_t... I> [[gnu::always_inline]] inline vec<T> even_and_odd(vec<T> a, vec<T> b, std::index_sequence<I...>) {
  using register_type = typename vec<T>::batch_type::register_type;
  typedef T lanes __attribute__((vector_size(sizeof(register_type))));
  const auto x = std::bit_cast<lanes>(static_cast<register_type>(a.batch())), y = std::bit_cast<lanes>(static_cast<register_type>(b.batch()));
  return typename vec<T>::batch_type(std::bit_cast<register_type>(__builtin_shufflevector(x, y, static_cast<int>(2 * I < sizeof...(I) ? 2 * I : 2 * I + 1)...)));
}
#else
inline constexpr bool has_shuffles = false;
template <class T, class Lanes> inline vec<T> even_and_odd(vec<T> a, vec<T>, Lanes) { return a; }
#endif

/// from[0], from[2], ... from[2 * (n - 1)]; no other element behind from[0] than those between them is touched.
template <class T> [[gnu::always_inline]] inline vec<T> load_by_two(const T* from, int n) {
  constexpr int W = vec<T>::size;
  using lanes = std::make_index_sequence<static_cast<std::size_t>(W)>;
  if (n == W) return even_and_odd(vec<T>::load(from), vec<T>::load(from + W - 1), lanes());
  if (2 * n - 1 <= W) {
    const auto all = vec<T>::load_partial(from, 2 * n - 1);
    return even_and_odd(all, all, lanes());
  }
  return even_and_odd(vec<T>::load(from), vec<T>::load_partial(from + W - 1, 2 * n - W), lanes());
}

/// Whether windows move by two from left to right and nothing is padded.
template <attributes A> inline constexpr bool moves_by_two = [] {
  constexpr auto down = window_axis::unpacked(A.a), across = window_axis::unpacked(A.b);
  return has_shuffles && across.stride == 2 && down.before == 0 && down.after == 0 && across.before == 0 && across.after == 0;
}();

/// Such windows of images with contiguous rows, to contiguous rows: finish(a register of what combine(state, elements) leaves
/// of as many windows).
template <attributes A, class T, class Combine, class Finish>
void pool_by_two(tensor_view<T> y, tensor_view<const T> x, T start, Combine combine, Finish finish) {
  constexpr auto window = pool::window_of(A);
  constexpr std::int64_t W = vec<T>::size, stride = window_axis::unpacked(A.a).stride;
  for (std::int64_t n = 0; n < y.extents[0]; ++n)
    for (std::int64_t c = 0; c < y.extents[1]; ++c) {
      const T* from = x.data + n * x.strides[0] + c * x.strides[1];
      T* to = y.data + n * y.strides[0] + c * y.strides[1];
      for (std::int64_t i = 0; i < y.extents[2]; ++i, from += stride * x.strides[2], to += y.strides[2])
        for (std::int64_t j = 0; j < y.extents[3]; j += W) {
          const int count = static_cast<int>(std::min(W, y.extents[3] - j));
          vec<T> state(start);
#pragma GCC unroll 8
          for (std::int64_t k = 0; k < window.rows; ++k)
#pragma GCC unroll 8
            for (std::int64_t l = 0; l < window.columns; ++l) state = combine(state, load_by_two(from + k * x.strides[2] + 2 * j + l, count));
          if (count == W) finish(state).store(to + j);
          else finish(state).store_partial(to + j, count);
        }
    }
}

}  // namespace tapeless::wide::detail
