#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tapeless/backend/simd/moves.hpp>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// One truth value per lane, for elements of `Bytes` bytes. All element types of one size share this type, so a
/// comparison of int32 lanes selects between float lanes.
template <std::size_t Bytes> class mask {
  static_assert(Bytes == 4 || Bytes == 8, "lanes are 4 or 8 bytes wide");

 public:
  using element = std::conditional_t<Bytes == 4, float, double>;  // whose truth values stand for all of this size
  using batch_type = xsimd::batch_bool<element>;
  static constexpr int size = static_cast<int>(batch_type::size);

  mask() = default;
  template <std::same_as<bool> B>  // no conversions: a pointer or an int is no truth value here
  mask(B all_lanes) noexcept : lanes_(all_lanes) {}
  mask(batch_type lanes) noexcept : lanes_(lanes) {}
  template <class T>
  requires(sizeof(T) == Bytes) mask(xsimd::batch_bool<T> lanes)
  noexcept : lanes_(std::bit_cast<batch_type>(lanes)) {}

  /// The same truth values as xsimd spells them for lanes of type T.
  template <class T>
  requires(sizeof(T) == Bytes) xsimd::batch_bool<T> batch()
  const noexcept { return std::bit_cast<xsimd::batch_bool<T>>(lanes_); }

  static mask load(const bool* from) noexcept { return moves::load_bytes<element>(from); }

  /// The first n of at most `size` values; the lanes behind them repeat the last one (false where n is 0).
  static mask load_partial(const bool* from, int n) noexcept {
    bool bytes[batch_type::size];
    for (int i = 0; i < size; ++i) bytes[i] = n > 0 && from[i < n ? i : n - 1];
    return load(bytes);
  }

  /// True in the first n lanes.
  static mask first(int n) noexcept { return moves::first<element>(n); }

  void store(bool* to) const noexcept { moves::store_bytes<element>(lanes_, to); }

  void store_partial(bool* to, int n) const noexcept {
    bool bytes[batch_type::size];
    store(bytes);
    for (int i = 0; i < n; ++i) to[i] = bytes[i];
  }

  bool operator[](int lane) const noexcept { return lanes_.get(static_cast<std::size_t>(lane)); }

  friend mask operator&(mask a, mask b) noexcept { return a.lanes_ & b.lanes_; }
  friend mask operator|(mask a, mask b) noexcept { return a.lanes_ | b.lanes_; }
  friend mask operator!(mask a) noexcept { return ~a.lanes_; }
  friend mask operator^(mask a, mask b) noexcept { return (a | b) & !(a & b); }  // xsimd's ^ is an | on AVX-512
  friend mask operator!=(mask a, mask b) noexcept { return a ^ b; }
  friend mask operator==(mask a, mask b) noexcept { return !(a ^ b); }

  friend mask logical_and(mask a, mask b) noexcept { return a & b; }
  friend mask logical_or(mask a, mask b) noexcept { return a | b; }
  friend mask logical_xor(mask a, mask b) noexcept { return a ^ b; }
  friend mask logical_not(mask a) noexcept { return !a; }
  friend mask select(mask condition, mask a, mask b) noexcept { return (condition & a) | ((!condition) & b); }

  friend bool any(mask a) noexcept { return xsimd::any(a.lanes_); }
  friend bool all(mask a) noexcept { return xsimd::all(a.lanes_); }

 private:
  batch_type lanes_;
};

}  // namespace tapeless::wide
