#pragma once

#include <tapeless/backend/simd/bits.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// The unevaluated sum of two vectors, the second below the last place of the first: twice the precision for the few
/// steps that need it.
template <class T> struct double_word { vec<T> high, low; };

/// x + y, exactly.
template <class T> inline double_word<T> two_sum(vec<T> x, vec<T> y) noexcept {
  const vec<T> sum = x + y;
  const vec<T> y_part = sum - x;
  return {sum, (x - (sum - y_part)) + (y - y_part)};
}

/// x + y, exactly, where x is 0 or not the smaller one.
template <class T> inline double_word<T> ordered_sum(vec<T> x, vec<T> y) noexcept {
  const vec<T> sum = x + y;
  return {sum, y - (sum - x)};
}

/// x * y, exactly (but for overflow and underflow).
template <class T> inline double_word<T> two_product(vec<T> x, vec<T> y) noexcept {
  const vec<T> product = x * y;
  if constexpr (fma_is_fused) {
    return {product, fma(x, y, -product)};
  } else {  // Dekker's product of halves
    using bits = unsigned_batch<T>;
    using word = typename bits::value_type;
    const bits upper_half(~((word{1} << (std::numeric_limits<T>::digits + 1) / 2) - 1));
    const vec<T> x_high = from_bits<T>(bits_of(x) & upper_half), x_low = x - x_high;
    const vec<T> y_high = from_bits<T>(bits_of(y) & upper_half), y_low = y - y_high;
    return {product, ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low};
  }
}

template <class T> inline double_word<T> operator*(double_word<T> x, double_word<T> y) noexcept {
  const auto product = two_product(x.high, y.high);
  return ordered_sum(product.high, product.low + fma(x.high, y.low, x.low * y.high));
}

}  // namespace tapeless::wide
