#pragma once
#include <tapeless/backend/simd/arena.hpp>
#include <tapeless/backend/simd/region.hpp>
#include <tapeless/backend/straight.hpp>

#include <cstring>

namespace tapeless::inline TAPELESS_ABI {

namespace simd_detail {

/// What running needs of a plan: numbers only, so that the graph, whose nodes point to the functions of their ops, stays in
/// the compiler.
template <class Program> struct run_tables {
  struct kernel_start {
    std::uint32_t access = 0, number = 0;
  };
  struct commit {
    std::uint16_t to = 0, from = 0;
    std::size_t bytes = 0;
  };
  static constexpr auto starts = [] {
    std::array<kernel_start, Program::plan.kernels.size()> t{};
    for (std::size_t k = 0; k < t.size(); ++k) t[k] = {static_cast<std::uint32_t>(Program::plan.kernels[k].first_access), static_cast<std::uint32_t>(Program::plan.kernels[k].first_number)};
    return t;
  }();
  static constexpr auto touched = [] {
    std::array<std::uint16_t, Program::plan.accesses.size() + 1> t{};
    for (std::size_t i = 0; i < Program::plan.accesses.size(); ++i) t[i] = static_cast<std::uint16_t>(Program::plan.accesses[i].storage);
    return t;
  }();
  static constexpr auto numbers = Program::plan.numbers;
  static constexpr auto outputs = Program::plan.outputs;
  static constexpr auto commits = [] {
    std::array<commit, Program::plan.commits.size()> t{};
    for (std::size_t i = 0; i < t.size(); ++i) {
      const auto& c = Program::plan.commits[i];
      const int node = Program::plan.storages[static_cast<std::size_t>(c.variable)].node;
      t[i] = {static_cast<std::uint16_t>(c.variable), static_cast<std::uint16_t>(c.value),
              static_cast<std::size_t>(element_count(Program::graph.shape_of(node)) * size_of(Program::graph[node].type))};
    }
    return t;
  }();
};

/// Whether a kernel is so little code that it may stand in one function with others.
template <class Products, class Program, int K> constexpr bool is_short() {
  constexpr auto& k = Program::plan.kernels[K];
  if constexpr (k.kind == kernel_kind::loop) {
    return true;
  } else if constexpr (k.kind == kernel_kind::contraction) {
    constexpr auto e = product_of(Program::graph, Program::plan, k, true);
    return e.m * e.n * e.k <= 32768;
  } else if constexpr (k.kind == kernel_kind::region) {
    return region_kernel<Products, Program, K>::in_registers;
  } else {
    return form_of_remaining<Program, K>() != remaining_form::op && rows_of_others_of<Program, K>().rows <= 4;
  }
}

}  // namespace simd_detail

/// Runs plans with xsimd on one core: fused loops, matrix products by Products, one block of memory.
template <class Products> struct simd_with {
  /// `Memory`: of what runs a loop's body, that of the loop's kernel.
  template <class Program, class Memory = simd_detail::heap_arena> class executor {
   public:
    static constexpr bool is_static = Program::is_static;

   private:
    struct static_memory {
      std::array<std::int64_t, Program::plan.storages.size()> offsets{};
      std::int64_t arena_bytes = -1, workspace = 0;
    };
    static constexpr static_memory memory = [] {
      static_memory s;
      if constexpr (is_static) {
        const auto m = plan_memory(Program::graph, Program::plan, binding{}, simd_detail::workspace_bytes<Products, Program>({}));
        for (std::size_t i = 0; i < s.offsets.size(); ++i) s.offsets[i] = m.offsets[i];
        s.arena_bytes = m.arena_bytes;
        s.workspace = m.workspace;
      }
      return s;
    }();

   public:
    /// Bytes of the one block of memory, where all dims are static; else -1.
    static constexpr std::int64_t arena_bytes = memory.arena_bytes;

    executor() = default;
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;

    /// Plans memory for these values of the named dims. Allocates where more is needed than before.
    void bind([[maybe_unused]] const binding& b) {
      if constexpr (is_static) {
        std::byte* base = arena_.reserve(arena_bytes);
        if constexpr (small) {  // spelled out, so that addresses are constants to the compiler
          [&]<std::size_t... S>(std::index_sequence<S...>) {
            ((storages_[S] = memory.offsets[S] >= 0 ? base + memory.offsets[S] : nullptr), ...);
          }(std::make_index_sequence<storages>{});
        } else {
          for (std::size_t i = 0; i < storages; ++i)
            if (memory.offsets[i] >= 0) storages_[i] = base + memory.offsets[i];
        }
        workspace_ = base + memory.workspace;
      } else {
        using seen = bare_program<Program>;
        numbers_ = numbers_of(seen::graph, seen::plan, b);
        const auto m = plan_memory(seen::graph, seen::plan, b, simd_detail::workspace_bytes<Products, Program>(b));
        std::byte* base = arena_.reserve(m.arena_bytes);
        for (std::size_t i = 0; i < storages; ++i)
          if (m.offsets[i] >= 0) storages_[i] = base + m.offsets[i];
        workspace_ = base + m.workspace;
        for (std::size_t i = 0; i < commit_bytes_.size(); ++i) {
          const int node = seen::plan.storages[static_cast<std::size_t>(seen::plan.commits[i].variable)].node;
          commit_bytes_[i] = static_cast<std::size_t>(b.count(seen::graph.shape_of(node)) * size_of(seen::graph[node].type));
        }
        if constexpr (!is_static && has_regions) bodies_.bind(b, numbers_.data(), static_cast<std::byte*>(workspace_));
      }
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (simd_detail::fill_fixed<Program, simd_detail::fixed_storage(Program::plan, static_cast<int>(I))>(storages_, b), ...);
      }(std::make_index_sequence<simd_detail::fixed_storages(Program::plan)>{});
      run_once(std::make_index_sequence<once>{});
    }
    void use_memory([[maybe_unused]] std::byte* given) {
      if constexpr (requires { arena_.bytes = given; }) arena_.bytes = given;
    }
    /// `leaf`: index in the graph's leaves.
    void set_leaf(int leaf, void* data) { storages_[static_cast<std::size_t>(leaf)] = data; }

    [[gnu::always_inline]] void run() noexcept {
      if constexpr (tiny) run_here();
      else if constexpr (straight) run_straight();
      else run_kernels();
    }
    /// Whether a program is straight code that finds all it needs in what `run_with` is given.
    static constexpr bool is_straight() { return straight && simd_detail::fixed_storages(Program::plan) == 0; }
    static constexpr std::size_t storages = Program::plan.storages.size();
    /// A small program with memory from elsewhere: `at` has the addresses of what is not in the arena. What is kept behind the
    /// run may have another arena.
    [[gnu::always_inline]] static void run_with(std::array<void*, storages>& at, std::byte* arena) noexcept { run_with(at, arena, arena); }
    [[gnu::always_inline]] static void run_with(std::array<void*, storages>& at, std::byte* arena, [[maybe_unused]] std::byte* kept) noexcept {
      using tables = simd_detail::run_tables<Program>;
      [&]<std::size_t... S>(std::index_sequence<S...>) __attribute__((always_inline)) {
        ((memory.offsets[S] >= 0 ? void(at[S] = (is_kept(S) ? kept : arena) + memory.offsets[S]) : void()), ...);
      }(std::make_index_sequence<storages>{});
      [&]<std::size_t... K>(std::index_sequence<K...>) __attribute__((always_inline)) {
        (simd_detail::kernel_of<Products, Program, static_cast<int>(once + K)>::type::run(at.data(), tables::touched.data() + tables::starts[once + K].access,
                                                                                      tables::numbers.data() + tables::starts[once + K].number, arena + memory.workspace), ...);
      }(std::make_index_sequence<static_cast<std::size_t>(Program::kernels) - once>{});
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (std::memcpy(at[tables::commits[I].to], at[tables::commits[I].from], tables::commits[I].bytes), ...);
      }(std::make_index_sequence<tables::commits.size()>{});
    }
    const void* output(int i) const {
      const auto storage = static_cast<std::size_t>(simd_detail::run_tables<Program>::outputs[static_cast<std::size_t>(i)]);
      if constexpr (small)  // no pointer to load first
        if (memory.offsets[storage] >= 0) return arena_.bytes + memory.offsets[storage];
      return storages_[storage];
    }

   protected:
    /// Kernels that `bind` runs.
    static constexpr auto once = static_cast<std::size_t>(Program::plan.once);
    const std::int64_t* numbers() const {
      if constexpr (is_static) return simd_detail::run_tables<Program>::numbers.data();
      else return numbers_.data();
    }
    void copy_commits() noexcept {
      using tables = simd_detail::run_tables<Program>;
      for (std::size_t i = 0; i < tables::commits.size(); ++i) {
        const auto& c = tables::commits[i];
        std::memcpy(storages_[c.to], storages_[c.from], is_static ? c.bytes : commit_bytes_[i]);
      }
    }
    std::array<void*, storages> storages_{};
    void* workspace_ = nullptr;

   private:
    template <std::size_t... K> void run_once(std::index_sequence<K...>) noexcept {
      using tables = simd_detail::run_tables<Program>;
      (simd_detail::kernel_of<Products, Program, static_cast<int>(K)>::type::run(storages_.data(), tables::touched.data() + tables::starts[K].access, numbers() + tables::starts[K].number, workspace_), ...);
    }
    void run_kernels() noexcept {
      using tables = simd_detail::run_tables<Program>;
      const std::int64_t* const numbers = this->numbers();
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        if constexpr (sizeof...(K) <= most_inlined) {
          (simd_detail::kernel_of<Products, Program, static_cast<int>(once + K)>::type::run(storages_.data(), tables::touched.data() + tables::starts[once + K].access,
                                                                                        numbers + tables::starts[once + K].number, workspace_), ...);
        } else {
          static constexpr simd_detail::kernel_function functions[]{simd_detail::kernel_of<Products, Program, static_cast<int>(once + K)>::type::run...};
          for (std::size_t k = 0; k < sizeof...(K); ++k)
            functions[k](storages_.data(), tables::touched.data() + tables::starts[once + k].access, numbers + tables::starts[once + k].number, workspace_);
        }
      }(std::make_index_sequence<static_cast<std::size_t>(Program::kernels) - once>{});
      copy_commits();
    }
    /// A small program is one function without a call. What only its kernels read stands in memory of that function, so that
    /// the compiler may keep it in registers. It is
    /// never small, since g++ inlines what needs a frame of its own only into one that is not much smaller.
    [[gnu::flatten]] void run_straight() noexcept { run_here(); }
    [[gnu::always_inline, gnu::flatten]] void run_here() noexcept {
      std::array<void*, storages> at;
      [&]<std::size_t... S>(std::index_sequence<S...>) __attribute__((always_inline)) {
        ((memory.offsets[S] < 0 ? void(at[S] = one_by_one(storages_[S])) : void()), ...);
      }(std::make_index_sequence<storages>{});
      alignas(arena_alignment) std::byte arena[static_cast<std::size_t>(std::max<std::int64_t>(arena_bytes, 4096))];
      run_with(at, arena, arena_.bytes);
    }
    /// What a session has stored one by one just before, one load of several would wait for.
    [[gnu::always_inline]] static void* one_by_one(void* p) noexcept {
#if defined(__GNUC__) && !defined(__CUDACC__)
      asm("" : "+r"(p));
#endif
      return p;
    }
    /// Whether a tensor in the arena is fetched, or the same in all runs.
    static constexpr bool is_kept(std::size_t storage) {
      const auto& s = Program::plan.storages[storage];
      return s.last_kernel >= Program::kernels || s.first_kernel < 0;
    }
    /// Up to this many kernels are called by name, so that the compiler may inline them; more go through a table.
    static constexpr std::size_t most_inlined = 24;
    static constexpr bool small = is_static && arena_bytes <= 4096 && Program::kernels <= static_cast<int>(most_inlined);
    /// Whether all of it is kernels whose code is short.
    static constexpr bool straight = [] {
      if constexpr (!small) {
        return false;
      } else {
        return []<std::size_t... K>(std::index_sequence<K...>) { return (simd_detail::is_short<Products, Program, static_cast<int>(K)>() && ...); }(
            std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>{});
      }
    }();
   public:
    /// Whether that takes no longer than a call: it then stands where it is called.
    static constexpr bool tiny = [] {
      std::int64_t operations = 0;
      if (!straight) return false;
      for (const auto& k : Program::plan.kernels) {
        const auto domain = element_count(Program::graph.shapes[static_cast<std::size_t>(k.domain)]);
        if (k.kind == kernel_kind::region) return false;
        for (int i = 0; i < k.step_count; ++i) {
          const auto* op = Program::plan.steps[static_cast<std::size_t>(k.first_step + i)].op;
          if (op->kind == op_kind::elementwise && op->cost > 2) return false;
          operations += domain;
        }
        if (k.kind == kernel_kind::contraction) operations += domain * element_count(Program::graph.shape_of(Program::graph.operand_of(k.node, 0)));
      }
      return operations <= 128 && Program::kernels <= 8;
    }();
   private:
    struct no_numbers {
      static constexpr std::int64_t* data() { return nullptr; }
    };

    static constexpr bool has_regions = [] {
      for (const auto& k : Program::plan.kernels)
        if (k.kind == kernel_kind::region) return true;
      return false;
    }();
    struct no_bodies {};
    std::conditional_t<small, simd_detail::embedded_arena<small ? arena_bytes : 0>, Memory> arena_;
    std::conditional_t<is_static, no_numbers, decltype(numbers_of(Program::graph, Program::plan, binding{}))> numbers_;
    std::conditional_t<!is_static && has_regions, simd_detail::all_late_bodies<Products, Program>, no_bodies> bodies_;
    std::array<std::size_t, is_static ? 0 : Program::plan.commits.size()> commit_bytes_{};
  };
};

/// Runs plans with xsimd on one core, with register-blocked matrix products.
struct simd : simd_with<wide::own_products> {
  static constexpr symbol device = std::string_view("simd");
  template <class Program> using executor = std::conditional_t<is_straight<Program>, straight_executor<Program>, simd_with<wide::own_products>::executor<Program>>;
};

}  // namespace tapeless
