#pragma once
#include <tapeless/cuda/queue.hpp>
#include <tapeless/device/plan.hpp>
#include <tapeless/backend/simd/simd.hpp>

#include <array>

namespace checks {

namespace tl = tapeless;

/// The kernels of tl::simd, issued to a card that is simulated, whose memory the processor can reach while they run: so what is
/// around kernels is tested apart from the kernels of cards.
struct processor_kernels {
  template <class Program, int K> struct of {
    static constexpr auto& k = Program::plan.kernels[K];
    using kernel = typename tl::simd_detail::kernel_of<tl::wide::own_products, Program, K>::type;
    struct body {
      struct arguments {
        std::array<void*, static_cast<std::size_t>(k.access_count) + 1> tensors;
        std::array<std::int64_t, static_cast<std::size_t>(k.number_count) + 1> numbers;
        std::byte* scratch;
      };
      static constexpr int most_threads = 1;
      static constexpr const char* name = "kernel of the processor";
      static tl::device::grid shape(const arguments&) { return {1, 1, 0}; }
      template <class Block> static void run(const Block&, const arguments& a) {
        std::array<std::uint16_t, static_cast<std::size_t>(k.access_count) + 1> each{};
        for (std::size_t i = 0; i < each.size(); ++i) each[i] = static_cast<std::uint16_t>(i);
        kernel::run(a.tensors.data(), each.data(), a.numbers.data(), a.scratch);
      }
    };
    static std::int64_t scratch_bytes(const std::int64_t*) { return tl::simd_detail::workspace_bytes<tl::wide::own_products, Program>(most()); }
    template <class Queue> static void issue(Queue& queue, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
      typename body::arguments a{};
      for (std::size_t i = 0; i < static_cast<std::size_t>(k.access_count); ++i) a.tensors[i] = tensors[i];
      for (std::size_t i = 0; i < static_cast<std::size_t>(k.number_count); ++i) a.numbers[i] = numbers[i];
      a.scratch = scratch;
      queue.launch(tl::device::launch_of<body>(a));
    }
    /// Tests have no dim longer than this.
    static tl::binding most() {
      tl::binding b;
      for (const auto& s : Program::graph.shapes)
        for (int axis = 0; axis < s.rank; ++axis)
          if (!s[axis].is_static() && !b.knows(s[axis])) b.add(s[axis].name, 4096);
      return b;
    }
  };
  template <class Program, int Storage> struct fixed {
    template <class Queue, class Storages> static void issue(Queue& queue, const Storages& storages, const tl::binding& b) {
      std::array<void*, Program::plan.storages.size()> at{};
      const int node = Program::plan.storages[static_cast<std::size_t>(Storage)].node;
      const auto bytes = static_cast<std::size_t>(b.count(Program::graph.shape_of(node)) * tl::size_of(Program::graph[node].type));
      std::vector<std::byte> values(bytes);
      at[static_cast<std::size_t>(Storage)] = values.data();
      tl::simd_detail::fill_fixed<Program, Storage>(at, b);
      queue.copy(storages[static_cast<std::size_t>(Storage)], values.data(), bytes);
    }
  };
};

}  // namespace checks
