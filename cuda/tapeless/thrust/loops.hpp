#pragma once
#include <tapeless/thrust/loop_elements.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

/// What a kernel is given: the tensors' memory, which of them it touches, its numbers, and scratch memory, of which each of
/// so many shares of a product has some bytes of its own.
struct kernel_call {
  void* const* storages;
  const std::uint16_t* touched;
  const std::int64_t* numbers;
  std::byte* workspace;
  std::int64_t shares = 1, share_bytes = 0;
};

/// How the units of a loop kernel are divided, by its extents alone: sums are the same bits on every system and for any
/// number of threads. A unit is taken whole, unless there are few and they are long; where units add up across, so many of
/// them are taken together.
struct division {
  std::int64_t units = 0, elements = 0;  ///< elements of a unit
  std::int64_t chunks = 1, length = 0;   ///< of a unit, in elements
  std::int64_t groups = 1, together = 0; ///< of units

  static constexpr std::int64_t least_chunk = 2048, most_items = 1 << 16, least_group = 16, most_groups = 256;

  constexpr division(loop_mode mode, int outer_loops, int reduced_loops, const std::int64_t* numbers) {
    const int inner = outer_loops + reduced_loops;
    units = elements = 1;
    for (int l = 0; l < outer_loops; ++l) units *= numbers[l];
    for (int l = outer_loops; l < inner; ++l) elements *= numbers[l];
    (mode == loop_mode::columns ? units : elements) *= numbers[inner];
    chunks = std::max<std::int64_t>(1, std::min((elements + least_chunk - 1) / least_chunk, most_items / std::max<std::int64_t>(1, units)));
    length = (elements + chunks - 1) / chunks;
    together = std::max(least_group, (units + most_groups - 1) / most_groups);
    groups = std::max<std::int64_t>(1, (units + together - 1) / together);
  }
};

/// Elements [begin, end) of a unit in one pass. Four sums take turns, so that one need not wait for the other.
template <std::uint64_t Hash, int Pass, class F> TAPELESS_HOST_DEVICE void walk_unit(slot_values<Hash>& v, const arguments_for<Hash>& a, const typename loop_elements<Hash>::place& unit, std::int64_t begin, std::int64_t end, F visit) {
  using loop = loop_elements<Hash>;
  const std::int64_t extent = loop::line_extent(a);
  while (begin < end) {
    const std::int64_t line = begin / extent, first = begin - line * extent, rest = end - begin;
    const std::int64_t last = extent - first > rest ? first + rest : extent;
    const auto p = loop::line(unit, a, line);
    loop::template begin_line<Pass>(v, a, p);
    std::int64_t j = first;
    for (; j + 4 <= last; j += 4) repeat<4>([&](auto u) { loop::template one<Pass>(v, a, p, j + u), visit(u, begin + (j + u - first)); });
    for (; j < last; ++j) loop::template one<Pass>(v, a, p, j), visit(std::integral_constant<int, 0>{}, begin + (j - first));
    begin += last - first;
  }
}
template <std::uint64_t Hash, int Pass> TAPELESS_HOST_DEVICE void reduce_unit(slot_values<Hash>& v, slot_values<Hash>& total, const arguments_for<Hash>& a, const typename loop_elements<Hash>::place& unit, std::int64_t begin, std::int64_t end) {
  using loop = loop_elements<Hash>;
  slot_values<Hash> sums[4];
  repeat<4>([&](auto u) { loop::template clear<Pass>(sums[u]); });
  walk_unit<Hash, Pass>(v, a, unit, begin, end, [&](auto u, std::int64_t) { loop::template add<Pass>(sums[u], v); });
  loop::template join<Pass>(sums[0], sums[1]), loop::template join<Pass>(sums[2], sums[3]), loop::template join<Pass>(sums[0], sums[2]);
  loop::template each_reduction<Pass>([&](auto slot, auto) { total.template at<slot>() = sums[0].template at<slot>(); });
}
/// All passes but the last one over a unit, or all of them.
template <std::uint64_t Hash, int Pass = 0, int End> TAPELESS_HOST_DEVICE void passes_over_unit(slot_values<Hash>& v, const arguments_for<Hash>& a, const typename loop_elements<Hash>::place& unit, std::int64_t elements, std::integral_constant<int, End> end) {
  if constexpr (Pass < End) {
    reduce_unit<Hash, Pass>(v, v, a, unit, 0, elements);
    loop_elements<Hash>::template end_pass<Pass>(v, a, unit);
    passes_over_unit<Hash, Pass + 1>(v, a, unit, elements, end);
  }
}

/// A part of a line, or a few lines, of a kernel that reduces nothing.
template <std::uint64_t Hash, std::size_t Accesses, std::size_t Numbers> struct map_item {
  using loop = loop_elements<Hash>;
  loop_arguments<Accesses, Numbers> a;
  std::int64_t units, parts, length, together;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    slot_values<Hash> v;
    const std::int64_t extent = loop::line_extent(a), part = item % parts, group = item / parts;
    const std::int64_t first = part * length, last = extent - first > length ? first + length : extent;
    const std::int64_t begin = group * together, end = units - begin > together ? begin + together : units;
    for (std::int64_t u = begin; u < end; ++u) {
      const auto p = loop::unit(a, u);
      loop::begin_unit(v, a, p);
      loop::template begin_line<0>(v, a, p);
      for (std::int64_t j = first; j < last; ++j) loop::template one<0>(v, a, p, j);
    }
  }
};

/// A few whole units, all passes.
template <std::uint64_t Hash, std::size_t Accesses, std::size_t Numbers> struct units_item {
  using loop = loop_elements<Hash>;
  loop_arguments<Accesses, Numbers> a;
  std::int64_t units, elements, together;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const std::int64_t begin = item * together, end = units - begin > together ? begin + together : units;
    for (std::int64_t u = begin; u < end; ++u) {
      slot_values<Hash> v;
      const auto p = loop::unit(a, u);
      loop::begin_unit(v, a, p);
      passes_over_unit<Hash>(v, a, p, elements, std::integral_constant<int, loop::passes>{});
    }
  }
};

/// One pass over a chunk of a unit; what has been found of the unit stands in `found`.
template <std::uint64_t Hash, std::size_t Accesses, std::size_t Numbers, int Pass> struct chunk_item {
  using loop = loop_elements<Hash>;
  loop_arguments<Accesses, Numbers> a;
  std::int64_t elements, chunks, length;
  void *found, *parts;  ///< slot_values: by unit, and by item

  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const std::int64_t u = item / chunks, first = item % chunks * length, last = elements - first > length ? first + length : elements;
    const auto p = loop::unit(a, u);
    slot_values<Hash> v;
    if constexpr (Pass == 0) loop::begin_unit(v, a, p);
    else v = static_cast<const slot_values<Hash>*>(found)[u];
    reduce_unit<Hash, Pass>(v, static_cast<slot_values<Hash>*>(parts)[item], a, p, first, last);
  }
};
/// What the chunks of a unit have found, in their order.
template <std::uint64_t Hash, std::size_t Accesses, std::size_t Numbers, int Pass> struct join_item {
  using loop = loop_elements<Hash>;
  loop_arguments<Accesses, Numbers> a;
  std::int64_t chunks;
  void *found, *parts;  ///< slot_values: by unit, and by item

  TAPELESS_HOST_DEVICE void operator()(std::int64_t u) const {
    const auto p = loop::unit(a, u);
    slot_values<Hash> v, sums;
    if constexpr (Pass == 0) loop::begin_unit(v, a, p);
    else v = static_cast<const slot_values<Hash>*>(found)[u];
    loop::template clear<Pass>(sums);
    for (std::int64_t c = 0; c < chunks; ++c) loop::template join<Pass>(sums, static_cast<slot_values<Hash>*>(parts)[u * chunks + c]);
    loop::template each_reduction<Pass>([&](auto slot, auto) { v.template at<slot>() = sums.template at<slot>(); });
    loop::template end_pass<Pass>(v, a, p);
    static_cast<slot_values<Hash>*>(found)[u] = v;
  }
};

}  // namespace tapeless::thrust_detail
