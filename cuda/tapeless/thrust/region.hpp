#pragma once
#include <tapeless/backend/simd/region.hpp>
#include <tapeless/thrust/loops.hpp>

#include <limits>
#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

template <class System> struct thrust;

namespace thrust_detail {

/// A program planned for Thrust: as for a device. What runs again and again within a run, a body, takes nothing out.
template <class Program, bool TakesOut> struct planned : Program {
  static constexpr auto& graph = Program::graph;
  static constexpr auto plan = freeze_plan<graph, [] { return lower(graph, {.takes_out = TakesOut, .by_blocks = false}); }>();
  static constexpr int kernels = static_cast<int>(plan.kernels.size());
};

/// A loop or a choice: the processor decides, the bodies run where their tensors are.
template <class System, class Program, int K> struct region_kernel {
  static constexpr int node = Program::plan.kernels[K].node;
  static constexpr int region = static_cast<int>(Program::graph.attributes_of(node).a);
  static constexpr region_form form = form_of_region<Program, region>;
  template <region_part Part> using body = body_program<Program, region, Part>;
  template <region_part Part> using body_executor = typename thrust<System>::template executor<body<Part>, false>;

  template <region_part... Parts> struct executors {
    std::tuple<body_executor<Parts>...> each;
    /// In the memory that kernels share; what has dynamic dims has memory of its own.
    static constexpr std::int64_t bytes = (align_up(std::max(std::int64_t{0}, body_executor<Parts>::arena_bytes)) + ... + 0);

    void bind(const binding& b, std::byte* memory) {
      const auto one = [&](auto& x) {
        constexpr auto own = std::remove_reference_t<decltype(x)>::arena_bytes;
        if constexpr (own >= 0) x.use_memory(memory), memory += align_up(own);
        x.bind(b);
      };
      std::apply([&](auto&... e) { (one(e), ...); }, each);
    }
  };
  using bodies = std::conditional_t<form.is_choice, executors<region_part::first_branch, region_part::second_branch>,
                                    std::conditional_t<form.conditional, executors<region_part::step, region_part::condition>, executors<region_part::step>>>;

  static constexpr int operands = form.operands(), results = form.results();
  static constexpr auto sizes = [] {
    std::array<std::int64_t, static_cast<std::size_t>(operands + results)> s{};
    for (int i = 0; i < operands; ++i) s[static_cast<std::size_t>(i)] = size_of(Program::graph[Program::graph.operand_of(node, i)].type);
    for (int i = 0; i < results; ++i) s[static_cast<std::size_t>(operands + i)] = size_of(Program::graph[node + 1 + i].type);
    return s;
  }();

  static constexpr std::int64_t workspace(const std::int64_t*) { return bodies::bytes; }

  static void run(const kernel_call& call, bodies& b) {
    const auto* next = call.numbers + 2;
    tensors t;
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = simd_detail::region_tensor::read(call.storages[call.touched[i]], next, sizes[i]);
    if constexpr (form.is_choice) run_choice(b, t);
    else run_loop(b, t, call.numbers[0]);
  }

 private:
  using tensors = std::array<simd_detail::region_tensor, sizes.size()>;

  static auto& result(tensors& t, int i) { return t[static_cast<std::size_t>(operands + i)]; }
  static auto& operand(tensors& t, int i) { return t[static_cast<std::size_t>(i)]; }
  template <int N, class F> static void each(F visit) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (visit(std::integral_constant<int, I>{}), ...); }(std::make_integer_sequence<int, N>{});
  }
  template <class Body, char Letter, int Index, class Executor> static void give(Executor& e, std::byte* data) {
    constexpr int leaf = simd_detail::body_leaf<Body>(Letter, Index);
    if constexpr (leaf >= 0) e.set_leaf(leaf, data);
  }
  template <class Body, class Executor> static void give_captured(Executor& e, tensors& t, int first) {
    each<form.captured>([&](auto i) { give<Body, 'k', i()>(e, operand(t, first + i).data); });
  }

  static void run_choice(bodies& b, tensors& t) {
    const auto take = [&]<region_part Part>(auto& e, std::integral_constant<region_part, Part>) {
      give_captured<body<Part>>(e, t, 1);
      each<form.chosen>([&](auto i) { give<body<Part>, 'y', i()>(e, result(t, i).data); });
      e.run();
    };
    if (System::template read<bool>(operand(t, 0).data)) take(std::get<0>(b.each), std::integral_constant<region_part, region_part::first_branch>{});
    else take(std::get<1>(b.each), std::integral_constant<region_part, region_part::second_branch>{});
  }

  static void run_loop(bodies& b, tensors& t, std::int64_t most) {
    constexpr int first_stacked = form.carried, first_sum = first_stacked + form.stacked, first_captured = form.carried + form.sliced;
    using step_body = body<region_part::step>;
    auto& step_executor = std::get<0>(b.each);
    for (int i = 0; i < form.carried; ++i)
      if (result(t, i).data != operand(t, i).data) System::copy(result(t, i).data, operand(t, i).data, result(t, i).bytes);
    for (int i = 0; i < form.summed; ++i) System::clear(result(t, first_sum + i).data, result(t, first_sum + i).bytes);
    if (form.conditional || form.counted)  // steps that are not taken
      for (int i = 0; i < form.stacked; ++i) System::clear(result(t, first_stacked + i).data, result(t, first_stacked + i).bytes);
    if (most < 0) most = std::numeric_limits<std::int64_t>::max();
    if constexpr (form.counted) most = System::template read<std::int32_t>(operand(t, operands - 1).data);

    each<form.carried>([&](auto i) { give<step_body, 'c', i()>(step_executor, result(t, i).data); });
    give_captured<step_body>(step_executor, t, first_captured);
    each<form.summed>([&](auto i) { give<step_body, 's', i()>(step_executor, result(t, first_sum + i).data); });
    if constexpr (form.conditional) {
      auto& condition = std::get<1>(b.each);
      each<form.carried>([&](auto i) { give<body<region_part::condition>, 'c', i()>(condition, result(t, i).data); });
      give_captured<body<region_part::condition>>(condition, t, first_captured);
    }
    std::int64_t step = 0;
    for (; step < most; ++step) {
      if constexpr (form.conditional) {
        auto& condition = std::get<1>(b.each);
        condition.run();
        if (!System::template read<bool>(condition.output(0))) break;
      }
      const auto place = form.backward ? most - 1 - step : step;
      each<form.sliced>([&](auto i) { const auto& x = operand(t, form.carried + i); give<step_body, 'x', i()>(step_executor, x.data + place * x.step); });
      each<form.stacked>([&](auto i) { const auto& y = result(t, first_stacked + i); give<step_body, 'y', i()>(step_executor, y.data + place * y.step); });
      step_executor.run();
    }
    if constexpr (form.tells_steps) {
      const auto taken = static_cast<std::int32_t>(step);
      System::copy(result(t, results - 1).data, &taken, sizeof taken);
    }
  }
};

}  // namespace thrust_detail

}  // namespace tapeless
