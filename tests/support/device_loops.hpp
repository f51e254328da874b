#pragma once
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/cuda/loop.hpp>
#include <tapeless/device/plan.hpp>

#include <cstring>
#include <memory>
#include <vector>

namespace checks {

namespace tl = tapeless;

/// Runs the launches of a loop at once, block by block, on the host.
struct host_queue {
  int lost = -1;  ///< a fault, for tests of tests: the launch that is forgotten
  int launches = 0;

  void launch(const tl::device::launch& l) {
    if (launches++ != lost) l.on_host(l.shape, l.arguments);
  }
};

/// Plans as for a card. Loops are run by the kernels of tl::cuda, on the host; everything else as on the host anyway.
template <int Lost> struct device_loops_with {
  static inline int launches = 0;

  template <class Given> class executor {
    using program = tl::device::planned<Given>;
    static constexpr std::size_t storages = program::plan.storages.size();

   public:
    static constexpr bool is_static = Given::is_static;
    static constexpr std::int64_t arena_bytes = -1;

    executor() = default;
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;

    void bind(const tl::binding& b) {
      constexpr auto& g = program::graph;
      constexpr auto& p = program::plan;
      numbers_ = tl::numbers_of(g, p, b);
      const auto m = tl::plan_memory(g, p, b, tl::simd_detail::workspace_bytes<tl::wide::own_products, program>(b));
      arena_.reset(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(m.arena_bytes), std::align_val_t{64})));
      std::memset(arena_.get(), 0xff, static_cast<std::size_t>(m.arena_bytes));
      for (std::size_t i = 0; i < storages; ++i)
        if (m.offsets[i] >= 0) storages_[i] = arena_.get() + m.offsets[i];
      workspace_ = arena_.get() + m.workspace;
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (tl::simd_detail::fill_fixed<program, tl::simd_detail::fixed_storage(p, static_cast<int>(I))>(storages_, b), ...);
      }(std::make_index_sequence<tl::simd_detail::fixed_storages(p)>{});
      run_kernels<0, static_cast<std::size_t>(p.once)>();
    }
    void set_leaf(int leaf, void* data) { storages_[static_cast<std::size_t>(leaf)] = data; }
    void run() {
      run_kernels<static_cast<std::size_t>(program::plan.once), static_cast<std::size_t>(program::kernels)>();
      static_assert(program::plan.commits.size() == 0);
    }
    const void* output(int i) const { return storages_[static_cast<std::size_t>(program::plan.outputs[static_cast<std::size_t>(i)])]; }

   private:
    struct release {
      void operator()(std::byte* p) const { ::operator delete(p, std::align_val_t{64}); }
    };
    template <std::size_t First, std::size_t Last> void run_kernels() {
      [&]<std::size_t... K>(std::index_sequence<K...>) { (run_kernel<static_cast<int>(First + K)>(), ...); }(std::make_index_sequence<Last - First>{});
    }
    template <int K> void run_kernel() {
      constexpr auto& k = program::plan.kernels[K];
      const std::int64_t* const numbers = numbers_.data() + k.first_number;
      if constexpr (k.kind == tl::kernel_kind::loop) {
        using loop = tl::device::loop_kernel<tl::device::loop_of<program, K>::hash>;
        std::vector<void*> tensors;
        for (int i = 0; i < k.access_count; ++i) tensors.push_back(storages_[static_cast<std::size_t>(program::plan.accesses[static_cast<std::size_t>(k.first_access + i)].storage)]);
        const auto bytes = static_cast<std::size_t>(loop::scratch_bytes(numbers));
        // Exactly as much as is asked for, so that sanitizers see what lies behind.
        std::unique_ptr<std::byte[]> scratch(new std::byte[bytes]);
        std::memset(scratch.get(), 0xff, bytes);
        host_queue queue{.lost = Lost};
        loop::issue(queue, tensors.data(), numbers, scratch.get());
        launches += queue.launches;
      } else {
        tl::simd_detail::kernel_of<tl::wide::own_products, program, K>::type::run(storages_.data(), tl::simd_detail::run_tables<program>::touched.data() + k.first_access, numbers, workspace_);
      }
    }

    std::array<void*, storages> storages_{};
    decltype(tl::numbers_of(program::graph, program::plan, tl::binding{})) numbers_;
    std::unique_ptr<std::byte, release> arena_;
    std::byte* workspace_ = nullptr;
  };
};
struct device_loops : device_loops_with<-1> {};

}  // namespace checks
