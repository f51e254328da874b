#pragma once
#include <tapeless/core/config.hpp>

#include <cstdint>

namespace tapeless::inline TAPELESS_ABI::device {

/// Divides by a number that is known before a launch: by a multiplication where dividends are below 2^31, since a card has no
/// instruction that divides integers.
struct divisor {
  static constexpr std::int64_t least_large = std::int64_t{1} << 31;

  std::int64_t number = 1;
  std::uint32_t factor = 0;  ///< 0: dividends may be larger
  std::uint32_t shift = 0;

  divisor() = default;
  /// `dividends`: all of them are below it.
  constexpr divisor(std::int64_t n, std::int64_t dividends) : number(n) {
    if (dividends > least_large || n < 1 || n >= least_large) return;
    std::uint32_t bits = 0;
    while ((std::int64_t{1} << bits) < n) ++bits;
    shift = 31 + bits;
    factor = static_cast<std::uint32_t>(((std::uint64_t{1} << shift) + static_cast<std::uint64_t>(n) - 1) / static_cast<std::uint64_t>(n));
  }
  TAPELESS_HOST_DEVICE constexpr std::int64_t quotient(std::int64_t x) const { return factor == 0 ? x / number : small_quotient(x); }
  /// Of a dividend below 2^31, which the constructor was told: without the call that a division of 64 bits is on a card.
  TAPELESS_HOST_DEVICE constexpr std::int64_t small_quotient(std::int64_t x) const {
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(static_cast<std::uint32_t>(x)) * factor) >> shift);
  }
  /// Leaves the quotient in x; the remainder.
  TAPELESS_HOST_DEVICE constexpr std::int64_t divide(std::int64_t& x) const { return rest_of(x, quotient(x)); }
  TAPELESS_HOST_DEVICE constexpr std::int64_t small_divide(std::int64_t& x) const { return rest_of(x, small_quotient(x)); }

 private:
  TAPELESS_HOST_DEVICE constexpr std::int64_t rest_of(std::int64_t& x, std::int64_t q) const {
    const std::int64_t rest = x - q * number;
    x = q;
    return rest;
  }
};

}  // namespace tapeless::device
