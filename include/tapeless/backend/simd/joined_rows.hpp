#pragma once
#include <tapeless/backend/simd/kernels.hpp>

#include <array>
#include <cstring>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::simd_detail {

/// A part of what is joined: so many rows of contiguous elements, as far apart in the part as in the whole.
struct joined_part {
  std::int64_t rows = 0, length = 0;  ///< elements; of none: the part has been computed where it belongs
  std::int64_t from = 0, from_row = 0, to = 0, to_row = 0;
};

/// The parts of a small concat whose extents are known; false where some are no such rows.
template <std::size_t Parts> struct joined_parts {
  std::array<joined_part, Parts> of{};
  bool ok = false;
};
template <std::size_t Parts, class Graph, class Plan> constexpr joined_parts<Parts> parts_of_joined(const Graph& g, const Plan& p, const kernel& k) {
  constexpr std::int64_t most_elements = 256, most_rows = 8;
  joined_parts<Parts> found;
  const auto& s = g.shape_of(k.node);
  if (k.kind != kernel_kind::assembly || g[k.node].op != id_of<concat_op>() || !s.is_static() || element_count(s) > most_elements) return found;
  const auto place_of = [&](int i) { return p.accesses[static_cast<std::size_t>(k.first_access + i)].storage; };
  const auto axis = static_cast<int>(g.attributes_of(k.node).a);
  const auto y = layout_of(g, k.node, binding{});
  std::int64_t rows = 1, behind = 1;
  for (int a = s.rank; a-- > 0; (a >= axis ? behind : rows) *= s[a].constant)
    if (a > axis && s[a].constant > 1 && y.strides[static_cast<std::size_t>(a)] != behind) return found;
  if (rows > most_rows || y.offset != 0) return found;
  const std::int64_t row = behind;
  behind /= s[axis].constant > 0 ? s[axis].constant : 1;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < Parts; ++i) {
    const auto x = layout_of(g, p.accesses[static_cast<std::size_t>(k.first_access) + i].node, binding{});
    const auto length = x.extents[static_cast<std::size_t>(axis)] * behind;
    std::int64_t dense = 1, from_row = 0;
    for (int a = x.rank; a-- > 0; dense *= x.extents[static_cast<std::size_t>(a)]) {
      const auto extent = x.extents[static_cast<std::size_t>(a)], stride = x.strides[static_cast<std::size_t>(a)];
      if (extent == 1) continue;
      if (a >= axis ? stride != dense : from_row != 0 && stride != from_row * (dense / length)) return found;
      if (a < axis && from_row == 0) from_row = stride;
    }
    if (place_of(static_cast<int>(i)) != place_of(k.read_count)) found.of[i] = {rows, length, x.offset, from_row, begin, row};
    else if (x.offset != begin) return found;
    begin += length;
  }
  found.ok = true;
  return found;
}

/// Joins them, each by moves of a size that is known.
template <class T, auto Parts> struct joined_rows_kernel : complete_shares {
  static constexpr bool is_shared = false;
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t*, void*) noexcept {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (put<I>(storages, touched), ...); }(std::make_index_sequence<Parts.of.size()>{});
  }
  static void run_share(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace, void*, gemm_share share) noexcept {
    if (share.index == 0) run(storages, touched, numbers, workspace);
  }

 private:
  template <std::size_t I> [[gnu::always_inline]] static void put(void* const* storages, const std::uint16_t* touched) noexcept {
    constexpr joined_part part = Parts.of[I];
    if constexpr (part.rows > 0 && part.length > 0) {
      const T* const from = static_cast<const T*>(storages[touched[I]]) + part.from;
      T* const to = static_cast<T*>(storages[touched[Parts.of.size()]]) + part.to;
      for (std::int64_t r = 0; r < part.rows; ++r) std::memcpy(to + r * part.to_row, from + r * part.from_row, static_cast<std::size_t>(part.length) * sizeof(T));
    }
  }
};

}  // namespace tapeless::simd_detail
