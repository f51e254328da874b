#pragma once
#include <tapeless/thrust/loops.hpp>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

/// What adds up across the units of a kernel: for each element of a unit, the sum over all units at that place; and sums of
/// what is once for a unit. A group of units has a row of sums, in 8 bytes each: for each place those of the elements, behind
/// them those of the units' own results.
template <std::uint64_t Hash> struct sums_across {
  using spec = registered_as<spec_key<Hash>>;
  using loop = loop_elements<Hash>;
  static constexpr int slots = spec::value.slots, of_elements = spec::value.across_index(slots), of_results = spec::value.across_index(slots, true);
  static constexpr bool applies = of_elements + of_results > 0;
  static constexpr std::int64_t per_group(std::int64_t elements) { return elements * of_elements + of_results; }

  template <bool Results, class F> TAPELESS_HOST_DEVICE static void each(F f) {
    repeat<slots>([&](auto slot) {
      constexpr bool across = spec::value.across(slot);
      if constexpr (across)
        if constexpr (spec::value.across_results(slot) == Results) {
          constexpr int index = spec::value.across_index(slot, Results);
          f(slot, std::type_identity<op_of<spec::value.step_of(slot).op>>{}, std::integral_constant<int, index>{});
        }
    });
  }
  template <int Slot> TAPELESS_HOST_DEVICE static auto& sum(double* place) { return *reinterpret_cast<element_of<spec::value.slot_type(Slot)>*>(place); }
  template <bool Results> TAPELESS_HOST_DEVICE static void clear(double* sums) {
    each<Results>([&](auto slot, auto op, auto index) {
      using type = element_of<spec::value.slot_type(slot)>;
      sum<slot>(sums + index) = decltype(op)::type::template identity<type>();
    });
  }
  template <bool Results> TAPELESS_HOST_DEVICE static void add(double* sums, slot_values<Hash>& v) {
    each<Results>([&](auto slot, auto op, auto index) {
      constexpr int operand = spec::value.step_of(slot).operands[0];
      auto& total = sum<slot>(sums + index);
      total = decltype(op)::type::combine(total, v.template at<operand>());
    });
  }
  /// Writes what all groups together have at a place, in their order.
  template <bool Results> TAPELESS_HOST_DEVICE static void write(const typename loop::place& p, const arguments_for<Hash>& a, std::int64_t j, double* first, std::int64_t groups, std::int64_t step) {
    each<Results>([&](auto slot, auto op, auto index) {
      auto total = sum<slot>(first + index);
      for (std::int64_t g = 1; g < groups; ++g) total = decltype(op)::type::combine(total, sum<slot>(first + index + g * step));
      repeat<loop::order::writes>([&](auto w) {
        constexpr int i = loop::order::reads + w;
        constexpr bool here = spec::value.access[static_cast<std::size_t>(i)].slot == slot;
        if constexpr (here) static_cast<typename loop::template element<i>*>(p.at[i])[j * loop::template line_stride<i>(a)] = total;
      });
    });
  }
};

/// A group of units, one after the other, with a row of sums of their own.
template <std::uint64_t Hash, std::size_t Accesses, std::size_t Numbers> struct group_item {
  using loop = loop_elements<Hash>;
  using across = sums_across<Hash>;
  loop_arguments<Accesses, Numbers> a;
  std::int64_t units, elements, together;
  double* sums;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t group) const {
    double* const own = sums + group * across::per_group(elements);
    for (std::int64_t e = 0; e < elements; ++e) across::template clear<false>(own + e * across::of_elements);
    across::template clear<true>(own + elements * across::of_elements);
    const std::int64_t begin = group * together, end = units - begin > together ? begin + together : units;
    for (std::int64_t u = begin; u < end; ++u) {
      slot_values<Hash> v;
      const auto p = loop::unit(a, u);
      loop::begin_unit(v, a, p);
      passes_over_unit<Hash>(v, a, p, elements, std::integral_constant<int, loop::passes - 1>{});
      last_pass(v, p, own);
      across::template add<true>(own + elements * across::of_elements, v);
    }
  }

 private:
  TAPELESS_HOST_DEVICE void last_pass(slot_values<Hash>& v, const typename loop::place& p, double* own) const {
    constexpr int pass = loop::passes - 1;
    slot_values<Hash> total[4];
    repeat<4>([&](auto u) { loop::template clear<pass>(total[u]); });
    walk_unit<Hash, pass>(v, a, p, 0, elements, [&](auto u, std::int64_t e) {
      loop::template add<pass>(total[u], v);
      across::template add<false>(own + e * across::of_elements, v);
    });
    loop::template join<pass>(total[0], total[1]), loop::template join<pass>(total[2], total[3]), loop::template join<pass>(total[0], total[2]);
    loop::template each_reduction<pass>([&](auto slot, auto) { v.template at<slot>() = total[0].template at<slot>(); });
    loop::template end_pass<pass>(v, a, p);
  }
};
/// The sums of all groups at one place of a unit, and behind the last place those of the units' results.
template <std::uint64_t Hash, std::size_t Accesses, std::size_t Numbers> struct place_item {
  using loop = loop_elements<Hash>;
  using across = sums_across<Hash>;
  loop_arguments<Accesses, Numbers> a;
  std::int64_t elements, groups;
  double* sums;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t e) const {
    const std::int64_t step = across::per_group(elements);
    const auto start = loop::start(a);
    if (e == elements) return across::template write<true>(start, a, 0, sums + elements * across::of_elements, groups, step);
    const std::int64_t extent = loop::line_extent(a), line = e / extent;
    across::template write<false>(loop::line(start, a, line), a, e - line * extent, sums + e * across::of_elements, groups, step);
  }
};

}  // namespace tapeless::thrust_detail
