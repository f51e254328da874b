#pragma once
#include <tapeless/cuda/across.hpp>
#include <tapeless/cuda/map.hpp>
#include <tapeless/cuda/map_tiles.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// What runs a loop kernel, known by the hash of its description (loop_of). `tensors` are the starts of the accesses' storages
/// in the memory of the device, `numbers` those of the plan, `scratch` memory of the device, aligned to 16 bytes. `queue.launch`
/// is given launches that have to run in order.
template <std::uint64_t Hash, loop_mode = wide::loop_order<Hash>::S.mode> struct loop_kernel {
  using kernel = row_kernel<Hash>;
  using facts = typename kernel::facts;
  using across = across_kernel<Hash>;
  static constexpr bool crosses = kernel::crosses;

  static std::int64_t scratch_bytes(const std::int64_t* numbers) {
    const row_shape s = row_shape_of<Hash, kernel::W>(numbers);
    return kept_bytes(s) + sum_bytes(s) + partial_bytes(s) + across_bytes(s);
  }
  template <class Queue> static void issue(Queue& queue, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    const row_shape s = row_shape_of<Hash, kernel::W>(numbers);
    auto a = arguments_of(s, tensors, numbers, scratch);
    if (s.chunks > 1) {
      for (a.pass = 0; a.pass < facts::passes; ++a.pass) {
        if (facts::sums > 0 && a.pass == facts::passes - 1) a.blocks = s.parts * s.chunks;
        queue.launch(launch_of<row_kernel<Hash>>(a));
      }
      a.items = s.rows, a.blocks = crosses ? s.result_parts : s.rows;
      if (facts::writes_rows || facts::results > 0) queue.launch(launch_of<row_kernel<Hash>>(a));
    } else if (s.blocks > 0) {
      queue.launch(launch_of<row_kernel<Hash>>(a));
    }
    if constexpr (crosses) {
      const auto b = across_arguments_of(s, a);
      if (across::shape(b).blocks > 0) queue.launch(launch_of<across_kernel<Hash>>(b));
    }
  }

 private:
  static std::int64_t kept_bytes(const row_shape& s) { return s.keeps_in_shared ? 0 : (s.chunks > 1 ? s.rows : s.blocks * s.teams) * s.kept_bytes; }
  static std::int64_t sum_blocks(const row_shape& s) { return s.chunks > 1 ? s.parts * s.chunks : s.blocks; }
  static std::int64_t sum_bytes(const row_shape& s) { return s.sums_in_shared ? 0 : sum_blocks(s) * s.teams * s.sum_bytes; }
  static std::int64_t partial_bytes(const row_shape& s) {
    if (s.chunks == 1) return 0;
    const std::int64_t numbers = facts::columns ? s.rows / s.groups * s.inner : s.rows;
    return round_up(8 * facts::template reductions_before<facts::passes> * s.chunks * numbers, 16);
  }
  static std::int64_t across_bytes(const row_shape& s) { return crosses ? facts::sum_bytes * s.parts * s.part_elements + round_up(8 * facts::results * s.result_parts * s.threads(), 16) : 0; }
  static typename kernel::arguments arguments_of(const row_shape& s, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    typename kernel::arguments a{};
    kernel::walk::fill(a.loop, tensors, numbers);
    const bool whole_units = s.inner % kernel::W == 0;
    a.is_aligned = whole_units && kernel::walk::is_aligned(a.loop);
    a.keeps_in_shared = s.keeps_in_shared, a.sums_in_shared = s.sums_in_shared;
    a.lanes = s.lanes, a.members = s.members, a.teams = s.teams;
    a.lane_bits = std::countr_zero(static_cast<unsigned>(s.lanes)), a.team_bits = a.lane_bits + std::countr_zero(static_cast<unsigned>(s.members));
    a.items = s.rows * s.chunks;
    a.chunks = s.chunks, a.of_chunk = (s.positions + s.chunks - 1) / s.chunks;
    a.positions = s.positions, a.inner = s.inner;
    a.rows = facts::columns ? s.rows / (s.groups > 0 ? s.groups : 1) : s.rows;
    a.elements = round_up(s.elements() * kernel::W, 16);
    a.kept_bytes = s.kept_bytes, a.sum_bytes = s.sum_bytes;
    a.sum_elements = s.sum_elements, a.parts = s.parts, a.part_elements = s.part_elements, a.result_parts = s.result_parts;
    a.blocks = s.blocks, a.threads = s.threads();
    a.exchange_bytes = facts::columns ? a.threads * 8 : 8 * row_shape::most_threads / warp;
    a.shared_bytes = a.exchange_bytes + (s.keeps_in_shared ? s.teams * s.kept_bytes : 0) + (s.sums_in_shared ? s.teams * s.sum_bytes : 0);
    a.by_chunks = divisor(s.chunks, a.items + 1);
    a.by_groups = divisor(s.groups, a.items + 1);
    a.by_units = divisor(s.units, s.positions + 1);
    a.kept = scratch;
    a.sums = scratch + kept_bytes(s);
    a.partials = a.sums + sum_bytes(s);
    a.across = a.partials + partial_bytes(s);
    return a;
  }
  static typename across::arguments across_arguments_of(const row_shape& s, const typename kernel::arguments& a) {
    typename across::arguments b{};
    b.loop = a.loop;
    b.partials = a.across;
    b.parts = s.parts, b.elements = s.part_elements;
    b.result_parts = s.result_parts, b.threads = a.threads;
    b.count = facts::columns ? s.positions : s.units > 0 ? s.positions / s.units * s.inner : 0;
    b.line = s.units * kernel::W;
    b.lane_bits = a.lane_bits;
    b.terms = s.parts << (facts::columns ? a.lane_bits : 0);
    b.place_bits = across::place_bits_of(b);
    b.by_inner = divisor(s.inner, b.count + 1);
    return b;
  }
};
template <std::uint64_t Hash> struct loop_kernel<Hash, loop_mode::map> {
  static std::int64_t scratch_bytes(const std::int64_t*) { return 0; }
  template <class Queue> static void issue(Queue& queue, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    using tiles = map_tiles_kernel<Hash>;
    if constexpr (tiles::applies) {
      if (tiles::pays(numbers)) {
        const auto a = tiles::arguments_of(tensors, numbers);
        if (a.tiles > 0) queue.launch(launch_of<map_tiles_kernel<Hash>>(a));
        return;
      }
    }
    const auto a = map_kernel<Hash>::arguments_of(tensors, numbers);
    if (a.units + a.singles > 0) queue.launch(launch_of<map_kernel<Hash>>(a));
  }
};

}  // namespace tapeless::device
