#pragma once
#include <tapeless/cuda/conditions.hpp>
#include <tapeless/cuda/queue.hpp>
#include <tapeless/device/region.hpp>
#include <tapeless/plan/memory.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// A loop or a choice whose next body the card decides on, as parts of a captured run: nobody waits.
///   Walk  region_walk, which does the same with the host in control
template <class Walk> class region_parts {
  using tensors = typename Walk::tensors;
  using bodies = typename Walk::bodies;
  static constexpr auto& form = Walk::form;
  template <region_part Part> using body = typename Walk::template body<Part>;
  static constexpr int first_stacked = form.carried, first_sum = first_stacked + form.stacked, first_captured = form.carried + form.sliced;

 public:
  /// Memory for the number of the step, and for what each step reads and writes of whole tensors.
  static std::int64_t scratch_bytes(const std::int64_t* numbers) {
    if constexpr (!Walk::asks) {
      return 0;
    } else {
      const tensors t = read(nullptr, numbers);
      std::int64_t total = arena_alignment;
      for (int i = 0; i < form.sliced; ++i) total += align_up(of_step(Walk::operand(t, form.carried + i), numbers[0]));
      for (int i = 0; i < form.stacked; ++i) total += align_up(of_step(Walk::result(t, first_stacked + i), numbers[0]));
      return total;
    }
  }
  static void run(bodies& b, void* const* storages, const std::int64_t* numbers, queue& q, std::byte* scratch) {
    tensors t = read(storages, numbers);
    if constexpr (form.is_choice) run_choice(b, t, q);
    else run_loop(b, t, numbers[0], q, scratch);
  }

 private:
  static tensors read(void* const* storages, const std::int64_t* numbers) {
    const auto* next = numbers + 2;
    tensors t;
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = simd_detail::region_tensor::read(storages != nullptr ? storages[i] : nullptr, next, Walk::sizes[i]);
    return t;
  }
  static std::int64_t of_step(const simd_detail::region_tensor& t, std::int64_t steps) { return steps > 0 ? t.bytes / steps : 0; }

  static void run_choice(bodies& b, tensors& t, queue& q) {
    const choice_kernel::arguments a{q.create_condition(), q.create_condition(), reinterpret_cast<const bool*>(Walk::operand(t, 0).data)};
    q.launch(launch_of<choice_kernel>(a));
    const auto branch = [&]<region_part Part>(condition_handle taken, auto& r, std::integral_constant<region_part, Part>) {
      q.part(condition_kind::once, taken, [&] {
        Walk::template give_captured<body<Part>>(r, t, 1);
        Walk::template each<form.chosen>([&](auto i) { Walk::template give<body<Part>, 'y', i()>(r, Walk::result(t, i).data); });
        r.run();
      });
    };
    branch(a.first, std::get<0>(b), std::integral_constant<region_part, region_part::first_branch>{});
    branch(a.second, std::get<1>(b), std::integral_constant<region_part, region_part::second_branch>{});
  }

  template <class Word> static void copy_as(queue& q, const simd_detail::region_tensor& whole, std::byte* one, std::int64_t bytes, const loop_progress& at, bool writes) {
    constexpr auto size = static_cast<std::int64_t>(sizeof(Word));
    const typename step_copy_kernel<Word>::arguments a{reinterpret_cast<Word*>(whole.data), reinterpret_cast<Word*>(one), at, whole.step / size, bytes / size, form.backward, writes};
    q.launch(launch_of<step_copy_kernel<Word>>(a));
  }
  static void copy_step(queue& q, const simd_detail::region_tensor& whole, std::byte* one, std::int64_t bytes, const loop_progress& at, bool writes) {
    const auto all = reinterpret_cast<std::uintptr_t>(whole.data) | static_cast<std::uintptr_t>(whole.step) | static_cast<std::uintptr_t>(bytes);
    if (all % 8 == 0) copy_as<std::uint64_t>(q, whole, one, bytes, at, writes);
    else if (all % 4 == 0) copy_as<std::uint32_t>(q, whole, one, bytes, at, writes);
    else copy_as<std::uint8_t>(q, whole, one, bytes, at, writes);
  }

  static void run_loop(bodies& b, tensors& t, std::int64_t most, queue& q, std::byte* scratch) {
    using step_body = body<region_part::step>;
    const auto copy = [&](void* to, const void* from, std::int64_t bytes) { q.copy(to, from, static_cast<std::size_t>(bytes)); };
    const auto clear = [&](const simd_detail::region_tensor& x) { q.fill(x.data, 0, static_cast<std::size_t>(x.bytes)); };
    for (int i = 0; i < form.carried; ++i)
      if (Walk::result(t, i).data != Walk::operand(t, i).data) copy(Walk::result(t, i).data, Walk::operand(t, i).data, Walk::result(t, i).bytes);
    for (int i = 0; i < form.summed; ++i) clear(Walk::result(t, first_sum + i));
    for (int i = 0; i < form.stacked; ++i) clear(Walk::result(t, first_stacked + i));  // steps that are not taken

    const loop_progress at{reinterpret_cast<std::int32_t*>(scratch), form.counted ? reinterpret_cast<const std::int32_t*>(Walk::operand(t, Walk::operands - 1).data) : nullptr, most};
    std::byte* room = scratch + arena_alignment;
    const auto place = [&](const simd_detail::region_tensor& whole) { return std::exchange(room, room + align_up(of_step(whole, most))); };
    std::array<std::byte*, static_cast<std::size_t>(form.sliced + form.stacked) + 1> one{};
    for (int i = 0; i < form.sliced; ++i) one[static_cast<std::size_t>(i)] = place(Walk::operand(t, form.carried + i));
    for (int i = 0; i < form.stacked; ++i) one[static_cast<std::size_t>(form.sliced + i)] = place(Walk::result(t, first_stacked + i));

    auto& step = std::get<0>(b);
    Walk::template each<form.carried>([&](auto i) { Walk::template give<step_body, 'c', i()>(step, Walk::result(t, i).data); });
    Walk::template give_captured<step_body>(step, t, first_captured);
    Walk::template each<form.summed>([&](auto i) { Walk::template give<step_body, 's', i()>(step, Walk::result(t, first_sum + i).data); });
    Walk::template each<form.sliced>([&](auto i) { Walk::template give<step_body, 'x', i()>(step, one[static_cast<std::size_t>(i())]); });
    Walk::template each<form.stacked>([&](auto i) { Walk::template give<step_body, 'y', i()>(step, one[static_cast<std::size_t>(form.sliced + i())]); });
    next_step_kernel::arguments next{q.create_condition(), at, nullptr, 1};
    const auto decide = [&] {
      if constexpr (form.conditional) {
        auto& condition = std::get<1>(b);
        Walk::template each<form.carried>([&](auto i) { Walk::template give<body<region_part::condition>, 'c', i()>(condition, Walk::result(t, i).data); });
        Walk::template give_captured<body<region_part::condition>>(condition, t, first_captured);
        condition.run();
        next.flag = static_cast<const bool*>(condition.output(0));
      }
      q.launch(launch_of<next_step_kernel>(next));
    };
    decide();
    next.begins = 0;
    q.part(condition_kind::repeated, next.part, [&] {
      for (int i = 0; i < form.sliced; ++i) copy_step(q, Walk::operand(t, form.carried + i), one[static_cast<std::size_t>(i)], of_step(Walk::operand(t, form.carried + i), most), at, false);
      step.run();
      for (int i = 0; i < form.stacked; ++i) copy_step(q, Walk::result(t, first_stacked + i), one[static_cast<std::size_t>(form.sliced + i)], of_step(Walk::result(t, first_stacked + i), most), at, true);
      decide();
    });
    if constexpr (form.tells_steps) copy(Walk::result(t, Walk::results - 1).data, at.step, 4);
  }
};

}  // namespace tapeless::device
