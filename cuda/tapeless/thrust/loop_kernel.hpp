#pragma once
#include <tapeless/thrust/across.hpp>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

/// A loop kernel by Thrust's for_each: over parts of lines where nothing is reduced, over units, over chunks of few long units
/// pass by pass, or over groups of units that add up across.
template <class System, std::uint64_t Hash, std::size_t Accesses, std::size_t Numbers> struct loop_items {
  using loop = loop_elements<Hash>;
  using across = sums_across<Hash>;
  using arguments = loop_arguments<Accesses, Numbers>;

  static constexpr division divide(const std::int64_t* numbers) { return division(loop::mode, loop::outer_loops, loop::reduced_loops, numbers); }
  static constexpr bool by_chunks(const division& d) { return loop::mode != loop_mode::map && !across::applies && d.chunks > 1; }

  static constexpr std::int64_t workspace(const std::int64_t* numbers) {
    const auto d = divide(numbers);
    if (across::applies) return d.groups * across::per_group(d.elements) * std::int64_t{8};
    return by_chunks(d) ? d.units * (d.chunks + 1) * static_cast<std::int64_t>(sizeof(slot_values<Hash>)) : 0;
  }

  static void run(const System& on, const kernel_call& call) {
    arguments a;
    for (std::size_t i = 0; i < Accesses; ++i) a.tensors[i] = call.storages[call.touched[i]];
    std::copy_n(call.numbers, Numbers, a.numbers);
    const auto d = divide(call.numbers);
    const auto all = d.units * d.elements;
    const auto grain = System::grain;
    [[maybe_unused]] const auto items = [](std::int64_t n, std::int64_t each) { return (n + each - 1) / each; };
    [[maybe_unused]] const auto together = std::max<std::int64_t>(1, grain / std::max<std::int64_t>(1, d.elements));
    if constexpr (loop::mode == loop_mode::map) {
      if (all == 0) return;
      const auto length = std::min(grain, d.elements), parts = items(d.elements, length);
      on.each(parts * items(d.units, together), all, map_item<Hash, Accesses, Numbers>{a, d.units, parts, length, together});
    } else if constexpr (across::applies) {
      auto* const sums = reinterpret_cast<double*>(call.workspace);
      on.each(d.groups, all, group_item<Hash, Accesses, Numbers>{a, d.units, d.elements, d.together, sums});
      on.each(d.elements + 1, d.groups * d.elements, place_item<Hash, Accesses, Numbers>{a, d.elements, d.groups, sums});
    } else if (by_chunks(d)) {
      run_chunks<0>(on, a, d, reinterpret_cast<slot_values<Hash>*>(call.workspace));
    } else if (d.units > 0) {
      on.each(items(d.units, together), all, units_item<Hash, Accesses, Numbers>{a, d.units, d.elements, together});
    }
  }

 private:
  template <int Pass> static void run_chunks(const System& on, const arguments& a, const division& d, slot_values<Hash>* found) {
    if constexpr (Pass < loop::passes) {
      on.each(d.units * d.chunks, d.units * d.elements, chunk_item<Hash, Accesses, Numbers, Pass>{a, d.elements, d.chunks, d.length, found, found + d.units});
      on.each(d.units, d.units * d.chunks, join_item<Hash, Accesses, Numbers, Pass>{a, d.chunks, found, found + d.units});
      run_chunks<Pass + 1>(on, a, d, found);
    }
  }
};
template <class System, std::uint64_t Hash>
using loop_kernel = loop_items<System, Hash, static_cast<std::size_t>(registered_as<spec_key<Hash>>::value.accesses), static_cast<std::size_t>(registered_as<spec_key<Hash>>::value.number_count())>;

}  // namespace tapeless::thrust_detail
