#pragma once
#include <tapeless/backend/simd/arena.hpp>
#include <tapeless/backend/simd/kernel_of.hpp>
#include <tapeless/plan/outline.hpp>

#include <cstring>
#include <limits>
#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

template <class Products> struct simd_with;
template <class Outer, int Region, region_part Part> struct body_program;

namespace simd_detail {

/// A tensor that a region gives its body whole, or by steps along its leading axis.
struct region_tensor {
  std::byte* data = nullptr;
  std::int64_t step = 0, bytes = 0;

  static region_tensor read(void* storage, const std::int64_t*& numbers, std::int64_t size) {
    region_tensor t{static_cast<std::byte*>(storage) + *numbers * size, 0, size};
    const auto rank = numbers[1];
    numbers += 2;
    for (std::int64_t i = 0; i < rank; ++i) t.bytes *= numbers[i];
    if (rank > 0) t.step = numbers[rank] * size;
    numbers += 2 * rank;
    return t;
  }
};

/// Bytes of an element of each tensor of the region at a node: of its operands, then of its results.
template <class Program, int Node, int Operands, int Results> constexpr auto region_sizes() {
  std::array<std::int64_t, static_cast<std::size_t>(Operands + Results)> s{};
  for (int i = 0; i < Operands; ++i) s[static_cast<std::size_t>(i)] = size_of(Program::graph[Program::graph.operand_of(Node, i)].type);
  for (int i = 0; i < Results; ++i) s[static_cast<std::size_t>(Operands + i)] = size_of(Program::graph[Node + 1 + i].type);
  return s;
}

template <class Program> constexpr int body_leaf(char letter, int index) {
  return tapeless::detail::find_leaf(Program::graph, tapeless::detail::region_leaf_name(letter, index).view());
}

/// What runs a body: in memory of the kernel's, or, where the body has dynamic dims, in memory of its own that is planned when
/// they are known.
template <class Products, class Body> using body_executor = typename simd_with<Products>::template executor<Body, std::conditional_t<Body::is_static, borrowed_arena, heap_arena>>;

/// The region that is kernel K of a program.
template <class Products, class Program, int K> struct region_kernel : complete_shares {
  static constexpr int node = Program::plan.kernels[K].node;
  static constexpr int region = static_cast<int>(Program::graph.attributes_of(node).a);
  static constexpr region_form form = form_of_region<Program, region>;
  template <region_part Part> using body = body_program<Program, region, Part>;

  template <region_part... Parts> struct executors {
    std::tuple<body_executor<Products, body<Parts>>...> each;
    static constexpr bool is_static = (body<Parts>::is_static && ...);
    static constexpr std::int64_t bytes = ((body<Parts>::is_static ? align_up(std::max(std::int64_t{0}, body_executor<Products, body<Parts>>::arena_bytes)) : 0) + ... + 0);

    void bind(const binding& b, std::byte* memory) {
      std::apply([&](auto&... e) {
        const auto one = [&](auto& x) {
          x.use_memory(memory);
          x.bind(b);
          memory += align_up(std::max(std::int64_t{0}, std::remove_reference_t<decltype(x)>::arena_bytes));
        };
        (one(e), ...);
      }, each);
    }
  };
  using bodies = std::conditional_t<form.is_choice, executors<region_part::first_branch, region_part::second_branch>,
                                    std::conditional_t<form.conditional, executors<region_part::step, region_part::condition>, executors<region_part::step>>>;

  static constexpr int operands = form.operands(), results = form.results();
  static constexpr auto sizes = region_sizes<Program, node, operands, results>();
  /// Where a loop over a few numbers keeps what it carries and sums up: beside each other, each on a line of its own.
  static constexpr std::int64_t line = 64, most_lines = 8;
  static constexpr int kept = form.carried + form.summed;
  static constexpr int kept_result(int i) { return i < form.carried ? i : i + form.stacked; }
  static constexpr std::int64_t kept_bytes(int i) {
    return element_count(Program::graph.shape_of(node + 1 + kept_result(i))) * sizes[static_cast<std::size_t>(operands + kept_result(i))];
  }
  /// Whether it can be kept in registers.
  static constexpr bool in_registers = [] {
    if constexpr (form.is_choice || form.conditional) {
      return false;
    } else if constexpr (!bodies::is_static) {
      return false;
    } else {
      for (int i = 0; i < kept; ++i)
        if (kept_bytes(i) > line) return false;
      return kept <= most_lines && body_executor<Products, body<region_part::step>>::is_straight();
    }
  }();

  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, [[maybe_unused]] void* workspace) noexcept {
    if constexpr (in_registers) {
      auto t = read_tensors(storages, touched, numbers);
      run_in_registers(t, numbers[0]);
    } else if constexpr (bodies::is_static) {
      bodies b;
      b.bind({}, static_cast<std::byte*>(workspace));
      run_bodies(b, storages, touched, numbers);
    } else {
      run_bodies(*reinterpret_cast<bodies*>(static_cast<std::uintptr_t>(numbers[1])), storages, touched, numbers);
    }
  }
  static void run_share(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace, void*, gemm_share share) noexcept {
    if (share.index == 0) run(storages, touched, numbers, workspace);
  }
  static constexpr bool is_shared = false;

 private:
  using tensors = std::array<region_tensor, sizes.size()>;

  static tensors read_tensors(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers) {
    const auto* next = numbers + 2;
    tensors t;
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = region_tensor::read(storages[touched[i]], next, sizes[i]);
    return t;
  }
  static void run_bodies(bodies& b, void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers) noexcept {
    auto t = read_tensors(storages, touched, numbers);
    if constexpr (form.is_choice) run_choice(b, t);
    else run_loop(b, t, numbers[0]);
  }

  static region_tensor& result(tensors& t, int i) { return t[static_cast<std::size_t>(operands + i)]; }
  static region_tensor& operand(tensors& t, int i) { return t[static_cast<std::size_t>(i)]; }
  template <int N, class F> static void each(F visit) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (visit(std::integral_constant<int, I>{}), ...); }(std::make_integer_sequence<int, N>{});
  }
  template <class Body, char Letter, int Index, class Executor> static void give(Executor& e, std::byte* data) {
    constexpr int leaf = body_leaf<Body>(Letter, Index);
    if constexpr (leaf >= 0) e.set_leaf(leaf, data);
  }
  template <class Body, class Executor> static void give_captured(Executor& e, tensors& t, int first) {
    each<form.captured>([&](auto i) { give<Body, 'k', i()>(e, operand(t, first + i).data); });
  }

  static void run_choice(bodies& b, tensors& t) noexcept {
    const auto take = [&]<region_part Part>(auto& e, std::integral_constant<region_part, Part>) {
      give_captured<body<Part>>(e, t, 1);
      each<form.chosen>([&](auto i) { give<body<Part>, 'y', i()>(e, result(t, i).data); });
      e.run();
    };
    if (*reinterpret_cast<const bool*>(operand(t, 0).data)) take(std::get<0>(b.each), std::integral_constant<region_part, region_part::first_branch>{});
    else take(std::get<1>(b.each), std::integral_constant<region_part, region_part::second_branch>{});
  }

  /// A loop whose step is straight code over a few numbers: all of it is one function, with what it carries in registers.
  [[gnu::flatten]] static void run_in_registers(tensors& t, [[maybe_unused]] std::int64_t most) noexcept {
    using step_body = body<region_part::step>;
    using executor = body_executor<Products, step_body>;
    constexpr int first_stacked = form.carried;
    alignas(line) std::byte lines[static_cast<std::size_t>(line * (kept + 1))];
    alignas(line) std::byte arena[static_cast<std::size_t>(std::max(line, executor::arena_bytes))];
    std::array<void*, executor::storages> at{};
    const auto give = [&]<char Letter, int Index>(std::integral_constant<char, Letter>, std::integral_constant<int, Index>, std::byte* data) __attribute__((always_inline)) {
      constexpr int leaf = body_leaf<step_body>(Letter, Index);
      if constexpr (leaf >= 0) at[static_cast<std::size_t>(leaf)] = data;
    };
    if constexpr (form.counted) most = *reinterpret_cast<const std::int32_t*>(operand(t, operands - 1).data);
    if (form.counted)  // steps that are not taken
      for (int i = 0; i < form.stacked; ++i) std::memset(result(t, first_stacked + i).data, 0, static_cast<std::size_t>(result(t, first_stacked + i).bytes));
    each<form.carried>([&](auto i) { std::memcpy(lines + line * i, operand(t, i).data, kept_bytes(i)), give(std::integral_constant<char, 'c'>{}, i, lines + line * i); });
    each<form.summed>([&](auto i) {
      std::byte* const sum = lines + line * (form.carried + i);
      std::memset(sum, 0, kept_bytes(form.carried + i)), give(std::integral_constant<char, 's'>{}, i, sum);
    });
    each<form.captured>([&](auto i) { give(std::integral_constant<char, 'k'>{}, i, operand(t, form.carried + form.sliced + i).data); });
    for (std::int64_t step = 0; step < most; ++step) {
      const auto place = form.backward ? most - 1 - step : step;
      each<form.sliced>([&](auto i) { give(std::integral_constant<char, 'x'>{}, i, operand(t, form.carried + i).data + place * operand(t, form.carried + i).step); });
      each<form.stacked>([&](auto i) { give(std::integral_constant<char, 'y'>{}, i, result(t, first_stacked + i).data + place * result(t, first_stacked + i).step); });
      executor::run_with(at, arena);
    }
    each<kept>([&](auto i) { std::memcpy(result(t, kept_result(i)).data, lines + line * i, kept_bytes(i)); });
    if constexpr (form.tells_steps) *reinterpret_cast<std::int32_t*>(result(t, results - 1).data) = static_cast<std::int32_t>(most);
  }

  static void run_loop(bodies& b, tensors& t, std::int64_t most) noexcept {
    constexpr int first_stacked = form.carried, first_sum = first_stacked + form.stacked;
    using step_body = body<region_part::step>;
    auto& step_executor = std::get<0>(b.each);
    for (int i = 0; i < form.carried; ++i)
      if (result(t, i).data != operand(t, i).data) std::memcpy(result(t, i).data, operand(t, i).data, static_cast<std::size_t>(result(t, i).bytes));
    for (int i = 0; i < form.summed; ++i) std::memset(result(t, first_sum + i).data, 0, static_cast<std::size_t>(result(t, first_sum + i).bytes));
    if (form.conditional || form.counted)  // steps that are not taken
      for (int i = 0; i < form.stacked; ++i) std::memset(result(t, first_stacked + i).data, 0, static_cast<std::size_t>(result(t, first_stacked + i).bytes));
    if (most < 0) most = std::numeric_limits<std::int64_t>::max();
    if constexpr (form.counted) most = *reinterpret_cast<const std::int32_t*>(operand(t, operands - 1).data);

    each<form.carried>([&](auto i) { give<step_body, 'c', i()>(step_executor, result(t, i).data); });
    give_captured<step_body>(step_executor, t, form.carried + form.sliced);
    each<form.summed>([&](auto i) { give<step_body, 's', i()>(step_executor, result(t, first_sum + i).data); });
    if constexpr (form.conditional) {
      auto& condition = std::get<1>(b.each);
      each<form.carried>([&](auto i) { give<body<region_part::condition>, 'c', i()>(condition, result(t, i).data); });
      give_captured<body<region_part::condition>>(condition, t, form.carried + form.sliced);
    }
    std::int64_t step = 0;
    for (; step < most; ++step) {
      if constexpr (form.conditional) {
        auto& condition = std::get<1>(b.each);
        condition.run();
        if (!*static_cast<const bool*>(condition.output(0))) break;
      }
      const auto place = form.backward ? most - 1 - step : step;
      each<form.sliced>([&](auto i) { const auto& x = operand(t, form.carried + i); give<step_body, 'x', i()>(step_executor, x.data + place * x.step); });
      each<form.stacked>([&](auto i) { const auto& y = result(t, first_stacked + i); give<step_body, 'y', i()>(step_executor, y.data + place * y.step); });
      step_executor.run();
    }
    if constexpr (form.tells_steps) *reinterpret_cast<std::int32_t*>(result(t, results - 1).data) = static_cast<std::int32_t>(step);
  }
};

template <class Products, class Program, int K> struct kernel_of<Products, Program, K, kernel_kind::region> {
  using type = region_kernel<Products, Program, K>;
};

/// Bytes of a region's bodies in the memory that kernels share.
template <class Products, class Program, std::size_t... K> constexpr std::int64_t bodies_bytes(std::index_sequence<K...>) {
  const auto of_kernel = []<std::size_t I>(std::integral_constant<std::size_t, I>) -> std::int64_t {
    if constexpr (Program::plan.kernels[I].kind == kernel_kind::region) return region_kernel<Products, Program, static_cast<int>(I)>::bodies::bytes;
    else return 0;
  };
  return std::max({std::int64_t{0}, of_kernel(std::integral_constant<std::size_t, K>{})...});
}

/// The bodies with dynamic dims of kernel K, which its numbers point to.
template <class Products, class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct late_bodies {
  void bind(const binding&, std::int64_t*, std::byte*) {}
};
template <class Products, class Program, int K> struct late_bodies<Products, Program, K, kernel_kind::region> {
  using bodies = typename region_kernel<Products, Program, K>::bodies;
  void bind(const binding& b, std::int64_t* numbers, std::byte* memory) {
    if constexpr (!bodies::is_static) {
      if (!bodies_) bodies_ = std::make_unique<bodies>();
      bodies_->bind(b, memory);
      numbers[1] = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(bodies_.get()));
    }
  }

 private:
  std::unique_ptr<bodies> bodies_;
};
template <class Products, class Program, class = std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>> struct all_late_bodies;
template <class Products, class Program, std::size_t... K> struct all_late_bodies<Products, Program, std::index_sequence<K...>> {
  std::tuple<late_bodies<Products, Program, static_cast<int>(K)>...> each;
  void bind(const binding& b, std::int64_t* numbers, std::byte* memory) { (std::get<K>(each).bind(b, numbers + Program::plan.kernels[K].first_number, memory), ...); }
};

}  // namespace simd_detail

}  // namespace tapeless
