#pragma once
#include <tapeless/cuda/calls.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// Says whether a part of a captured run is to run.
template <class Block> TAPELESS_HOST_DEVICE void set_condition([[maybe_unused]] condition_handle part, [[maybe_unused]] bool holds) {
  if constexpr (std::is_same_v<Block, host_block>) {
    *reinterpret_cast<int*>(static_cast<std::uintptr_t>(part)) = holds;
  } else {
#if defined(__CUDA_ARCH__)
    cudaGraphSetConditional(part, holds ? 1u : 0u);
#endif
  }
}

/// Which of two branches is taken.
struct choice_kernel {
  struct arguments {
    condition_handle first, second;
    const bool* flag;
  };
  static constexpr int most_threads = 32;
  static constexpr const char* name = "choice";
  static grid shape(const arguments&) { return {1, 32, 0}; }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    block.each([&](int thread) {
      if (thread != 0) return;
      set_condition<Block>(a.first, *a.flag);
      set_condition<Block>(a.second, !*a.flag);
    });
  }
};

/// How far a loop has come, in memory of the card.
struct loop_progress {
  std::int32_t* step;
  const std::int32_t* counted;  ///< how many steps there are; null: `most`
  std::int64_t most;            ///< negative: no bound

  TAPELESS_HOST_DEVICE std::int64_t bound() const { return counted != nullptr ? *counted : most; }
};

/// Whether another step of a loop is taken.
struct next_step_kernel {
  struct arguments {
    condition_handle part;
    loop_progress at;
    const bool* flag;  ///< null: as many steps as there may be
    std::int64_t begins;
  };
  static constexpr int most_threads = 32;
  static constexpr const char* name = "next step";
  static grid shape(const arguments&) { return {1, 32, 0}; }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    block.each([&](int thread) {
      if (thread != 0) return;
      const std::int32_t step = a.begins != 0 ? 0 : *a.at.step + 1;
      *a.at.step = step;
      const std::int64_t bound = a.at.bound();
      set_condition<Block>(a.part, (bound < 0 || step < bound) && (a.flag == nullptr || *a.flag));
    });
  }
};

/// Copies the part of a tensor that belongs to a step, or writes it there.
template <class Word> struct step_copy_kernel {
  struct arguments {
    Word *whole, *one;
    loop_progress at;
    std::int64_t stride, words;  ///< in words
    std::int32_t backward, writes;
  };
  static constexpr int most_threads = 256;
  static constexpr const char* name = "part of a step";
  static grid shape(const arguments& a) { return {(a.words + most_threads - 1) / most_threads, most_threads, 0}; }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    block.each([&](int thread) {
      const std::int64_t i = block.index * most_threads + thread;
      if (i >= a.words) return;
      const std::int64_t step = *a.at.step, place = a.backward != 0 ? a.at.bound() - 1 - step : step;
      Word& of_whole = a.whole[place * a.stride + i];
      if (a.writes != 0) of_whole = a.one[i];
      else a.one[i] = of_whole;
    });
  }
};

}  // namespace tapeless::device
