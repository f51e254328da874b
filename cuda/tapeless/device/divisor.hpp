#pragma once
#include <tapeless/core/config.hpp>

#include <cstdint>

namespace tapeless::inline TAPELESS_ABI::device {

/// Divides by a number that is known before a launch: by a multiplication, since a card has no instruction that divides
/// integers, and calls a function for 64 bits.
struct divisor {
  static constexpr std::int64_t least_large = std::int64_t{1} << 31;

  std::int64_t number = 1;
  std::uint64_t factor = 0;
  std::uint32_t shift = 0;
  std::uint32_t small = 0;  ///< dividends are below 2^31; no bool: in an array, g++ 12 clears more than the padding behind it

  divisor() = default;
  /// `dividends`: all of them are below it.
  constexpr divisor(std::int64_t n, std::int64_t dividends) : number(n > 0 ? n : 1), small(dividends <= least_large && n < least_large) {
    std::uint32_t bits = 0;
    while (bits < 62 && (std::int64_t{1} << bits) < number) ++bits;
    // The least multiple above 2^(p + bits) / n, for dividends below 2^p.
    const auto divide_by = static_cast<std::uint64_t>(number);
    if (small) {
      shift = 31 + bits;
      factor = ((std::uint64_t{1} << shift) + divide_by - 1) / divide_by;
    } else if (number > 1) {
      shift = bits - 1;  // behind the upper half of the product
      std::uint64_t rest = std::uint64_t{1} << shift;
      for (int i = 0; i < 64; ++i) {  // 2^(64 + shift) / n, digit by digit
        rest *= 2, factor *= 2;
        if (rest >= divide_by) rest -= divide_by, ++factor;
      }
      if (rest > 0) ++factor;
    }
  }
  TAPELESS_HOST_DEVICE std::int64_t quotient(std::int64_t x) const {
    if (small) return small_quotient(x);
    if (number <= 1) return x;
#if defined(__CUDA_ARCH__)
    return static_cast<std::int64_t>(__umul64hi(static_cast<std::uint64_t>(x), factor) >> shift);
#else
    __extension__ using twice = unsigned __int128;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<twice>(static_cast<std::uint64_t>(x)) * factor >> 64) >> shift);
#endif
  }
  /// Of a divisor whose dividends are below 2^31, as the constructor was told.
  TAPELESS_HOST_DEVICE constexpr std::int64_t small_quotient(std::int64_t x) const {
    return static_cast<std::int64_t>((std::uint64_t{static_cast<std::uint32_t>(x)} * factor) >> shift);
  }
  /// Leaves the quotient in x; the remainder.
  TAPELESS_HOST_DEVICE std::int64_t divide(std::int64_t& x) const { return rest_of(x, quotient(x)); }
  TAPELESS_HOST_DEVICE constexpr std::int64_t small_divide(std::int64_t& x) const { return rest_of(x, small_quotient(x)); }

 private:
  TAPELESS_HOST_DEVICE constexpr std::int64_t rest_of(std::int64_t& x, std::int64_t q) const {
    const std::int64_t rest = x - q * number;
    x = q;
    return rest;
  }
};

}  // namespace tapeless::device
