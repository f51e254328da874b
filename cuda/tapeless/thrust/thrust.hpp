#pragma once
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/thrust/kernel_of.hpp>
#include <tapeless/thrust/systems.hpp>

#include <memory>
#include <new>
#include <vector>

namespace tapeless::inline TAPELESS_ABI {

namespace thrust_detail {

/// Memory of the processor, growing with what is asked of it, or somebody else's.
class host_block {
 public:
  std::byte* reserve(std::int64_t bytes) {
    if (borrowed_ != nullptr) return borrowed_;
    if (bytes > capacity_) {
      bytes_.reset(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(bytes), alignment)));
      capacity_ = bytes;
    }
    return bytes_.get();
  }
  void borrow(std::byte* p) { borrowed_ = p; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct release {
    void operator()(std::byte* p) const { ::operator delete(p, alignment); }
  };
  std::unique_ptr<std::byte, release> bytes_;
  std::byte* borrowed_ = nullptr;
  std::int64_t capacity_ = 0;
};

/// The bodies of all regions of a program, and the scratch memory of its kernels.
template <class System, class Program, class = std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>> struct all_kernels;
template <class System, class Program, std::size_t... K> struct all_kernels<System, Program, std::index_sequence<K...>> {
  template <std::size_t N> using kernel = kernel_of<System, Program, static_cast<int>(N)>;
  static constexpr bool multiplies = ((Program::plan.kernels[K].kind == kernel_kind::contraction) || ...);

  std::tuple<typename kernel<K>::bodies...> bodies;

  static constexpr std::int64_t workspace([[maybe_unused]] const std::int64_t* numbers) {
    return std::max({std::int64_t{0}, kernel<K>::workspace(numbers + Program::plan.kernels[K].first_number)...});
  }
  void bind(const binding& b, std::byte* memory) { (std::get<K>(bodies).bind(b, memory), ...); }
  template <std::size_t First, std::size_t End, class Call> void run([[maybe_unused]] Call call) {
    (run_one<K, K >= First && K < End>(call), ...);
  }

 private:
  template <std::size_t N, bool Runs, class Call> void run_one(Call& call) {
    if constexpr (Runs) kernel<N>::run(System{}, call(N), std::get<N>(bodies));
  }
};

}  // namespace thrust_detail

/// Runs plans by Thrust: `tl::session<tl::thrust<tl::systems::omp>>(loss, update)`.
///   System    systems::cpp, systems::omp where OpenMP is, systems::tbb (tapeless/thrust/tbb.hpp), systems::cuda (tapeless/thrust/cuda.hpp)
///   results   the same bits from run to run, for any number of threads, and on cpp, omp and tbb alike
template <class System> struct thrust {
  /// `TakesOut`: what is the same in all runs is computed once; not so in bodies of loops.
  template <class Traced, bool TakesOut = true> class executor {
    using program = std::conditional_t<TakesOut, device::planned<Traced>, device::planned_body<Traced>>;
    using seen = std::conditional_t<Traced::is_static, program, bare_program<program>>;
    using kernels = thrust_detail::all_kernels<System, program>;
    using tables = simd_detail::run_tables<program>;
    static constexpr std::size_t storages = program::plan.storages.size(), once = static_cast<std::size_t>(program::plan.once), end = static_cast<std::size_t>(program::kernels);

    struct static_memory {
      std::array<std::int64_t, storages + 1> offsets{};
      std::int64_t arena_bytes = -1, workspace = 0, workspace_bytes = 0;
    };
    static constexpr static_memory memory = [] {
      static_memory s;
      if constexpr (Traced::is_static) {
        s.workspace_bytes = kernels::workspace(tables::numbers.data());
        const auto m = plan_memory(program::graph, program::plan, binding{}, s.workspace_bytes);
        for (std::size_t i = 0; i < storages; ++i) s.offsets[i] = m.offsets[i];
        s.arena_bytes = m.arena_bytes;
        s.workspace = m.workspace;
      }
      return s;
    }();

   public:
    static constexpr bool is_static = Traced::is_static;
    /// Bytes of the one block of memory, where all dims are static; else -1.
    static constexpr std::int64_t arena_bytes = memory.arena_bytes;

    executor() = default;
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;

    /// Plans memory for these values of the named dims. Allocates where more is needed than before.
    void bind(const binding& b) {
      std::int64_t workspace_bytes = memory.workspace_bytes;
      if constexpr (is_static) {
        place(memory.offsets.data(), memory.arena_bytes, memory.workspace);
      } else {
        const auto fresh = numbers_of(seen::graph, seen::plan, b);
        numbers_.assign(fresh.begin(), fresh.end());
        workspace_bytes = kernels::workspace(numbers_.data());
        const auto m = plan_memory(seen::graph, seen::plan, b, workspace_bytes);
        place(m.offsets.data(), m.arena_bytes, m.workspace);
      }
      for (std::size_t i = 0; i < commit_bytes_.size(); ++i) {
        const int node = seen::plan.storages[static_cast<std::size_t>(seen::plan.commits[i].variable)].node;
        commit_bytes_[i] = b.count(seen::graph.shape_of(node)) * size_of(seen::graph[node].type);
      }
      shares_ = kernels::multiplies ? System::shares() : 1;
      share_bytes_ = align_up(workspace_bytes);
      if (shares_ > 1) workspace_ = shared_.reserve(shares_ * share_bytes_);
      kernels_.bind(b, workspace_);
      fill_fixed(b, std::make_index_sequence<simd_detail::fixed_storages(program::plan)>{});
      run_kernels<0, once>();
    }
    void use_memory(std::byte* given) { arena_.borrow(given); }
    /// `leaf`: index in the graph's leaves.
    void set_leaf(int leaf, void* data) { storages_[static_cast<std::size_t>(leaf)] = data; }

    void run() {
      run_kernels<once, end>();
      for (std::size_t i = 0; i < tables::commits.size(); ++i) thrust_detail::host_bytes::copy(storages_[tables::commits[i].to], storages_[tables::commits[i].from], commit_bytes_[i]);
    }
    const void* output(int i) const { return storages_[static_cast<std::size_t>(tables::outputs[static_cast<std::size_t>(i)])]; }

   private:
    void place(const std::int64_t* offsets, std::int64_t bytes, std::int64_t workspace) {
      std::byte* const base = arena_.reserve(bytes);
      for (std::size_t i = 0; i < storages; ++i)
        if (offsets[i] >= 0) storages_[i] = base + offsets[i];
      workspace_ = base + workspace;
    }
    const std::int64_t* numbers() const {
      if constexpr (is_static) return tables::numbers.data();
      else return numbers_.data();
    }
    template <std::size_t First, std::size_t End> void run_kernels() {
      kernels_.template run<First, End>([&](std::size_t k) {
        return thrust_detail::kernel_call{storages_.data(), tables::touched.data() + tables::starts[k].access, numbers() + tables::starts[k].number, workspace_, shares_, share_bytes_};
      });
    }
    template <std::size_t... I> void fill_fixed([[maybe_unused]] const binding& b, std::index_sequence<I...>) {
      (simd_detail::fill_fixed<program, simd_detail::fixed_storage(program::plan, static_cast<int>(I))>(storages_, b), ...);
    }

    std::array<void*, storages> storages_{};
    std::byte* workspace_ = nullptr;
    std::int64_t shares_ = 1, share_bytes_ = 0;
    std::array<std::int64_t, program::plan.commits.size()> commit_bytes_{};
    std::vector<std::int64_t> numbers_;
    thrust_detail::host_block arena_, shared_;
    kernels kernels_;
  };
};

}  // namespace tapeless
