#pragma once
#include <tapeless/device/divisor.hpp>
#include <tapeless/device/slots.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// What all kernels of loops are given: the first element of each access, strides in elements, extents.
template <int Accesses, int Loops> struct loop_arguments {
  std::byte* tensors[static_cast<std::size_t>(Accesses)];
  std::int64_t strides[static_cast<std::size_t>(Accesses * Loops)];
  std::int64_t extents[static_cast<std::size_t>(Loops)];
  divisor by[static_cast<std::size_t>(Loops)];
};

/// How the accesses of a kernel move with the coordinates of its loops.
template <std::uint64_t Hash, int W> struct loop_walk {
  using slots = loop_slots<Hash, W>;
  using facts = typename slots::facts;
  using cursor = typename slots::cursor;
  static constexpr int accesses = facts::accesses, loops = facts::loops, inner = loops - 1;
  using arguments = loop_arguments<accesses, loops>;

  TAPELESS_HOST_DEVICE static cursor start(const arguments& a) {
    cursor at;
    start_each(at, a, each{});
    return at;
  }
  /// To coordinates of the loops [First, Last), which are counted in one number.
  template <int First, int Last> TAPELESS_HOST_DEVICE static void move(cursor& at, const arguments& a, std::int64_t n) {
    if constexpr (Last > First + 1) {
      const std::int64_t rest = a.by[Last - 1].quotient(n);
      advance<Last - 1>(at, a, n - rest * a.extents[Last - 1], each{});
      move<First, Last - 1>(at, a, rest);
    } else if constexpr (Last > First) {
      advance<First>(at, a, n, each{});
    }
  }

  static void fill(arguments& a, void* const* tensors, const std::int64_t* numbers) {
    std::int64_t all = 1;
    for (int l = 0; l < loops; ++l) a.extents[l] = numbers[l], all *= numbers[l];
    for (int l = 0; l < loops; ++l) a.by[l] = divisor(numbers[l], all + 1);
    for (std::size_t i = 0; i < static_cast<std::size_t>(accesses); ++i) {
      const std::int64_t* const of_access = numbers + loops + static_cast<std::int64_t>(i) * (loops + 1);
      // An address in memory that the processor may not be able to read.
      a.tensors[i] = reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(tensors[i]) + static_cast<std::uintptr_t>(of_access[0] * sizes[i]));
      for (int l = 0; l < loops; ++l) stride(a, i, l) = of_access[1 + l];
    }
  }
  /// Whether all W elements of contiguous accesses may be moved at once, at every multiple of W along the inner loop.
  static bool is_aligned(const arguments& a) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(accesses); ++i) {
      if (!moves_units[i]) continue;
      const std::int64_t unit = sizes[i] * W < 16 ? sizes[i] * W : 16;
      if (reinterpret_cast<std::uintptr_t>(a.tensors[i]) % static_cast<std::uintptr_t>(unit) != 0) return false;
      for (int l = 0; l < inner; ++l)
        if (a.extents[l] > 1 && stride(a, i, l) * sizes[i] % unit != 0) return false;
    }
    return true;
  }

 private:
  static auto& stride(auto& a, std::size_t access, int loop) { return a.strides[static_cast<int>(access) * loops + loop]; }
  using each = std::make_index_sequence<static_cast<std::size_t>(accesses)>;
  static constexpr std::array<std::int64_t, static_cast<std::size_t>(accesses)> sizes = []<std::size_t... A>(std::index_sequence<A...>) {
    return std::array{static_cast<std::int64_t>(sizeof(typename slots::template element<static_cast<int>(A)>))...};
  }(each{});
  static constexpr std::array<bool, static_cast<std::size_t>(accesses)> moves_units = []<std::size_t... A>(std::index_sequence<A...>) {
    return std::array{(facts::template walk<static_cast<int>(A)> == inner_walk::contiguous && !facts::template row_access<static_cast<int>(A)>)...};
  }(each{});

  template <std::size_t... A> TAPELESS_HOST_DEVICE static void start_each(cursor& at, const arguments& a, std::index_sequence<A...>) {
    ((at.pointers[A] = a.tensors[A], at.strides[A] = a.strides[A * loops + inner]), ...);
  }
  template <int L, std::size_t... A> TAPELESS_HOST_DEVICE static void advance(cursor& at, const arguments& a, std::int64_t steps, std::index_sequence<A...>) {
    ((at.pointers[A] += steps * a.strides[A * loops + L] * static_cast<std::int64_t>(sizeof(typename slots::template element<static_cast<int>(A)>))), ...);
  }
};

/// Elements that a thread takes at once: 16 bytes of the narrowest numbers, or half of that where a loop is so long that it would
/// run out of registers.
template <std::uint64_t Hash> inline constexpr int elements_at_once = [] {
  constexpr auto& S = wide::loop_order<Hash>::S;
  bool wide_only = true;
  for (const auto& a : S.access) wide_only = wide_only && size_of(a.type) == 8;
  return (wide_only ? 2 : 4) / (S.slots > 64 ? 2 : 1);
}();
/// The same of a loop that reduces nothing: where numbers of two bytes are among them and steps are few, twice as many.
template <std::uint64_t Hash> inline constexpr int elements_of_map = [] {
  constexpr int most_slots = 24;
  constexpr auto& S = wide::loop_order<Hash>::S;
  bool any_narrow = false, any_wide = false;
  for (const auto& a : S.access) any_narrow = any_narrow || is_narrow(a.type), any_wide = any_wide || size_of(a.type) == 8;
  return any_narrow && !any_wide && S.slots <= most_slots ? 8 : elements_at_once<Hash>;
}();

}  // namespace tapeless::device
