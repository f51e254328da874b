#pragma once
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/plan/cost.hpp>

#include <algorithm>
#include <atomic>
#include <omp.h>
#include <thread>
#include <vector>

#ifndef _OPENMP
#error "tapeless: tl::simd_parallel needs OpenMP: compile with -fopenmp, or link the CMake target tapeless::openmp"
#endif

namespace tapeless::inline TAPELESS_ABI {

namespace simd_detail {

/// How a kernel runs among threads.
struct turn {
  int owner = -1;            ///< the thread that runs all of it; -1: each runs a share
  bool waits = false;        ///< for all that was begun before it
  bool is_combined = false;  ///< from the parts that the shares leave
};

/// What assigning needs to know of a kernel.
struct load {
  std::int64_t cost = 0;
  bool is_shared = false;  ///< its work can be divided
};

/// Assigns kernels to threads. A kernel waits for those before it only if it touches what one of them writes, or writes what
/// one of them touches: if they conflict. Kernels too small to be shared go to the thread with the least to do since all
/// have met. Those before `first` have run.
template <class Conflict> inline void assign_turns(std::vector<turn>& turns, const std::vector<load>& loads, std::int64_t least_shared, int threads, Conflict conflict, std::size_t first = 0) {
  std::size_t met = first;
  std::vector<std::int64_t> busy(static_cast<std::size_t>(threads), 0);
  for (std::size_t k = first; k < turns.size(); ++k) {
    auto& t = turns[k];
    t.waits = false;
    for (std::size_t before = met; before < k && !t.waits; ++before) t.waits = conflict(before, k);
    if (t.waits) {
      met = k;
      std::fill(busy.begin(), busy.end(), 0);
    }
    if (loads[k].is_shared && loads[k].cost >= least_shared) {
      t.owner = -1;
    } else {
      const auto least = std::min_element(busy.begin(), busy.end());
      *least += loads[k].cost;
      t.owner = static_cast<int>(least - busy.begin());
    }
  }
}

/// Where the threads of a run wait for each other. They spin for about as long as shares differ; then, since one of them may
/// not be running at all, they let others run.
class meeting {
 public:
  void wait(std::int64_t threads) noexcept {
    const auto round = round_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      return;
    }
    for (int spins = 0; round_.load(std::memory_order_acquire) == round; ++spins)
      if (spins >= most_spins) std::this_thread::yield();
  }

 private:
  static constexpr int most_spins = 1 << 14;
  alignas(64) std::atomic<std::int64_t> arrived_ = 0;
  alignas(64) std::atomic<unsigned> round_ = 0;
};

}  // namespace simd_detail

/// Runs plans with xsimd on all cores, by OpenMP: large kernels are shared by all threads, small ones that do not depend on
/// each other run side by side, and what is too small altogether runs on one thread.
///   threads   omp_get_max_threads() when the session first runs, or runs with new extents: see OMP_NUM_THREADS
///   results   the same bits for any number of threads
template <class Products> struct parallel_with {
  template <class Program> class executor : public simd_with<Products>::template executor<Program> {
    using base = typename simd_with<Products>::template executor<Program>;
    using tables = simd_detail::run_tables<Program>;
    using seen = bare_program<Program>;
    static constexpr std::size_t kernels = Program::plan.kernels.size(), once = static_cast<std::size_t>(Program::plan.once);

   public:
    void bind(const binding& b) {
      base::bind(b);
      threads_ = omp_get_max_threads();
      std::vector<simd_detail::load> loads(kernels);
      std::int64_t total = 0, partial = 0;
      for (std::size_t k = once; k < kernels; ++k) {
        loads[k] = {cost_of(seen::graph, seen::plan, seen::plan.kernels[k], b), functions[k].is_shared};
        total += loads[k].cost;
      }
      if (total < least_parallel) threads_ = 1;
      if (threads_ == 1) return;
      turns_.assign(kernels, {});
      simd_detail::assign_turns(turns_, loads, least_shared, threads_, [&](std::size_t before, std::size_t k) { return conflict(before, k, b); }, once);
      for (std::size_t k = once; k < kernels; ++k) {
        const auto bytes = turns_[k].owner < 0 ? functions[k].partial_bytes(this->numbers() + tables::starts[k].number) : 0;
        turns_[k].is_combined = bytes > 0;
        partial = std::max(partial, bytes);
      }
      if (!saves_enough(loads)) {
        threads_ = 1;
        return;
      }
      workspace_bytes_ = [&] {
        if constexpr (Program::is_static) return std::integral_constant<std::int64_t, align_up(simd_detail::workspace_bytes<Products, Program>({}))>::value;
        else return align_up(simd_detail::workspace_bytes<Products, Program>(b));
      }();
      scratch_ = scratch_memory_.reserve(align_up(partial) + workspace_bytes_ * threads_);
      partial_ = scratch_;
      scratch_ += align_up(partial);
    }

    void run() noexcept {
      if (threads_ == 1) return base::run();
#pragma omp parallel num_threads(threads_)
      run_turns({omp_get_thread_num(), omp_get_num_threads()});
      this->copy_commits();
    }

   private:
    /// Nanoseconds on one core from which it pays to wake the other threads, and to share a kernel; what a meeting takes.
    static constexpr std::int64_t least_parallel = 20'000, least_shared = 4'000, of_meeting = 2'000;

    bool saves_enough(const std::vector<simd_detail::load>& loads) const {
      std::int64_t saved = 0;
      for (std::size_t k = once; k < kernels; ++k) {
        const auto& t = turns_[k];
        if (t.owner < 0) saved += loads[k].cost - loads[k].cost / threads_;
        saved -= of_meeting * (t.waits + 2 * t.is_combined);
      }
      return saved >= least_parallel / 2;
    }

    struct kernel_functions {
      decltype(&simd_detail::finished_kernel::run_share) share;
      decltype(&simd_detail::finished_kernel::finish) finish;
      decltype(&simd_detail::finished_kernel::partial_bytes) partial_bytes;
      bool is_shared;
    };
    template <int K> using kernel_type = typename simd_detail::kernel_of<Products, Program, K>::type;
    static constexpr auto functions = []<std::size_t... K>(std::index_sequence<K...>) {
      return std::array<kernel_functions, kernels>{
          kernel_functions{&kernel_type<static_cast<int>(K)>::run_share, &kernel_type<static_cast<int>(K)>::finish, &kernel_type<static_cast<int>(K)>::partial_bytes, kernel_type<static_cast<int>(K)>::is_shared}...};
    }(std::make_index_sequence<kernels>{});

    void run_turns(simd_detail::gemm_share me) noexcept {
      void* const workspace = scratch_ + me.index * workspace_bytes_;
      void* const* const tensors = this->storages_.data();
      for (std::size_t k = once; k < kernels; ++k) {
        const auto* const touched = tables::touched.data() + tables::starts[k].access;
        const auto* const numbers = this->numbers() + tables::starts[k].number;
        const auto& t = turns_[k];
        if (t.waits) meeting_.wait(me.count);
        if (t.owner < 0) functions[k].share(tensors, touched, numbers, workspace, partial_, me);
        else if (t.owner % me.count == me.index) functions[k].share(tensors, touched, numbers, workspace, nullptr, {0, 1});
        if (t.is_combined) {
          meeting_.wait(me.count);
          if (me.index == 0) functions[k].finish(tensors, touched, numbers, partial_);
          meeting_.wait(me.count);
        }
      }
    }

    /// Whether one of two kernels writes memory that the other touches.
    bool conflict(std::size_t before, std::size_t k, const binding& b) const {
      const auto& p = seen::plan;
      const auto range = [&](const access& a) {
        const auto s = static_cast<std::size_t>(a.storage);
        const auto node = p.storages[s].node;
        const auto* start = static_cast<const std::byte*>(this->storages_[s]);
        const auto bytes = p.storages[s].kind == storage_kind::arena && start != nullptr ? b.count(seen::graph.shape_of(node)) * size_of(seen::graph[node].type) : 0;
        return std::pair(start, start + bytes);
      };
      for (int i = 0; i < accesses_of(before); ++i)
        for (int j = 0; j < accesses_of(k); ++j) {
          const auto& x = p.accesses[static_cast<std::size_t>(p.kernels[before].first_access + i)];
          const auto& y = p.accesses[static_cast<std::size_t>(p.kernels[k].first_access + j)];
          if (!x.write && !y.write) continue;
          if (x.storage == y.storage) return true;
          const auto [x0, x1] = range(x);
          const auto [y0, y1] = range(y);
          if (x0 < y1 && y0 < x1) return true;
        }
      return false;
    }
    /// A product's accesses are followed by those of its epilogue, which has none when its own turn comes.
    static int accesses_of(std::size_t k) {
      const auto& p = seen::plan;
      if (p.kernels[k].epilogue) return 0;
      return p.kernels[k].access_count + (k + 1 < kernels && p.kernels[k + 1].epilogue ? p.kernels[k + 1].access_count : 0);
    }

    int threads_ = 1;
    std::vector<simd_detail::turn> turns_;
    simd_detail::meeting meeting_;
    simd_detail::heap_arena scratch_memory_;
    std::byte *partial_ = nullptr, *scratch_ = nullptr;
    std::int64_t workspace_bytes_ = 0;
  };
};

/// Runs plans on all cores; see parallel_with.
struct simd_parallel : parallel_with<wide::own_products> {
  static constexpr symbol device = std::string_view("parallel");
  template <class Program> using executor = std::conditional_t<is_straight<Program>, straight_executor<Program>, parallel_with<wide::own_products>::executor<Program>>;
};

}  // namespace tapeless
