#pragma once
#include <tapeless/backend/simd/region.hpp>
#include <tapeless/device/plan.hpp>

#include <limits>
#include <tuple>

namespace tapeless::inline TAPELESS_ABI::device {

/// The body of a loop or of a branch, planned for a device: it takes nothing out, since it begins anew with each loop.
template <class Body> struct planned_body : Body {
  static constexpr auto& graph = Body::graph;
  static constexpr auto plan = freeze_plan<graph, [] { return lower(graph, {.takes_out = false, .by_blocks = false}); }>();
  static constexpr int kernels = static_cast<int>(plan.kernels.size());
};

/// Kernel K of a program, a loop or a choice, with the processor in control: it decides which body comes next and on what, and a
/// device runs the bodies.
///   Body  runs one body: set_leaf(leaf, memory), run(), output(i)
template <class Program, int K, template <class> class Body> struct region_walk {
  static constexpr int node = Program::plan.kernels[K].node;
  static constexpr int region = static_cast<int>(Program::graph.attributes_of(node).a);
  static constexpr region_form form = form_of_region<Program, region>;
  template <region_part Part> using body = body_program<Program, region, Part>;
  template <region_part... Parts> using runners = std::tuple<Body<body<Parts>>...>;
  using bodies = std::conditional_t<form.is_choice, runners<region_part::first_branch, region_part::second_branch>,
                                    std::conditional_t<form.conditional, runners<region_part::step, region_part::condition>, runners<region_part::step>>>;

  static constexpr int operands = form.operands(), results = form.results();
  static constexpr auto sizes = simd_detail::region_sizes<Program, node, operands, results>();
  using tensors = std::array<simd_detail::region_tensor, sizes.size()>;

  /// Whether what comes next depends on what is computed.
  static constexpr bool asks = form.is_choice || form.conditional || form.counted;

  /// `memory` of the device: copy(to, from, bytes), clear(to, bytes), and read<T>(from), which waits for what has been issued.
  template <class Memory> static void run(bodies& b, void* const* storages, const std::int64_t* numbers, Memory& memory) {
    const auto* next = numbers + 2;
    tensors t;
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = simd_detail::region_tensor::read(storages[i], next, sizes[i]);
    if constexpr (form.is_choice) run_choice(b, t, memory);
    else run_loop(b, t, numbers[0], memory);
  }

  static auto& result(tensors& t, int i) { return t[static_cast<std::size_t>(operands + i)]; }
  static auto& operand(tensors& t, int i) { return t[static_cast<std::size_t>(i)]; }
  static auto& result(const tensors& t, int i) { return t[static_cast<std::size_t>(operands + i)]; }
  static auto& operand(const tensors& t, int i) { return t[static_cast<std::size_t>(i)]; }
  template <int N, class F> static void each(F visit) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (visit(std::integral_constant<int, I>{}), ...); }(std::make_integer_sequence<int, N>{});
  }
  template <class OfBody, char Letter, int Index, class Runner> static void give(Runner& r, std::byte* data) {
    constexpr int leaf = simd_detail::body_leaf<OfBody>(Letter, Index);
    if constexpr (leaf >= 0) r.set_leaf(leaf, data);
  }
  template <class OfBody, class Runner> static void give_captured(Runner& r, tensors& t, int first) {
    each<form.captured>([&](auto i) { give<OfBody, 'k', i()>(r, operand(t, first + i).data); });
  }

 private:
  template <class Memory> static void run_choice(bodies& b, tensors& t, Memory& memory) {
    const auto take = [&]<region_part Part>(auto& r, std::integral_constant<region_part, Part>) {
      give_captured<body<Part>>(r, t, 1);
      each<form.chosen>([&](auto i) { give<body<Part>, 'y', i()>(r, result(t, i).data); });
      r.run();
    };
    if (memory.template read<bool>(operand(t, 0).data)) take(std::get<0>(b), std::integral_constant<region_part, region_part::first_branch>{});
    else take(std::get<1>(b), std::integral_constant<region_part, region_part::second_branch>{});
  }

  template <class Memory> static void run_loop(bodies& b, tensors& t, std::int64_t most, Memory& memory) {
    constexpr int first_stacked = form.carried, first_sum = first_stacked + form.stacked, first_captured = form.carried + form.sliced;
    using step_body = body<region_part::step>;
    auto& step_runner = std::get<0>(b);
    for (int i = 0; i < form.carried; ++i)
      if (result(t, i).data != operand(t, i).data) memory.copy(result(t, i).data, operand(t, i).data, result(t, i).bytes);
    for (int i = 0; i < form.summed; ++i) memory.clear(result(t, first_sum + i).data, result(t, first_sum + i).bytes);
    if constexpr (form.conditional || form.counted)  // steps that are not taken
      for (int i = 0; i < form.stacked; ++i) memory.clear(result(t, first_stacked + i).data, result(t, first_stacked + i).bytes);
    if (most < 0) most = std::numeric_limits<std::int64_t>::max();
    if constexpr (form.counted) most = memory.template read<std::int32_t>(operand(t, operands - 1).data);

    each<form.carried>([&](auto i) { give<step_body, 'c', i()>(step_runner, result(t, i).data); });
    give_captured<step_body>(step_runner, t, first_captured);
    each<form.summed>([&](auto i) { give<step_body, 's', i()>(step_runner, result(t, first_sum + i).data); });
    if constexpr (form.conditional) {
      auto& condition = std::get<1>(b);
      each<form.carried>([&](auto i) { give<body<region_part::condition>, 'c', i()>(condition, result(t, i).data); });
      give_captured<body<region_part::condition>>(condition, t, first_captured);
    }
    std::int64_t step = 0;
    for (; step < most; ++step) {
      if constexpr (form.conditional) {
        auto& condition = std::get<1>(b);
        condition.run();
        if (!memory.template read<bool>(condition.output(0))) break;
      }
      const auto place = form.backward ? most - 1 - step : step;
      each<form.sliced>([&](auto i) { const auto& x = operand(t, form.carried + i); give<step_body, 'x', i()>(step_runner, x.data + place * x.step); });
      each<form.stacked>([&](auto i) { const auto& y = result(t, first_stacked + i); give<step_body, 'y', i()>(step_runner, y.data + place * y.step); });
      step_runner.run();
    }
    if constexpr (form.tells_steps) memory.put(result(t, results - 1).data, static_cast<std::int32_t>(step));
  }
};

}  // namespace tapeless::device
