#pragma once
#include <tapeless/cuda/assembly.hpp>
#include <tapeless/ops/arg_max.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// The place of the best element of each line. A team of Team threads walks a line, each every Team-th element; what they
/// found is combined so that of equal ones the first remains.
template <class Op, class T, int Team> struct place_kernel {
  struct arguments {
    std::int64_t* out;
    const T* x;
    std::int64_t count, stride;  ///< of a line
    strided<2> lines;            ///< of the result and x
  };
  static constexpr int threads = item_threads, lines_at_once = threads / Team;
  static constexpr int most_threads = threads;
  static constexpr const char* name = Op::name;
  static grid shape(const arguments& a) {
    constexpr std::int64_t most_blocks = 1 << 16;
    return {std::min((a.lines.size + lines_at_once - 1) / lines_at_once, most_blocks), threads, Team > 1 ? threads * static_cast<std::int64_t>(sizeof(std::int64_t) + sizeof(T)) : 0};
  }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    auto* const places = reinterpret_cast<std::int64_t*>(block.shared);
    T* const values = reinterpret_cast<T*>(places + threads);
    const std::int64_t step = block.blocks * lines_at_once;
    for (std::int64_t first = block.index * lines_at_once; first < a.lines.size; first += step) {
      block.each([&](int thread) {
        const int member = thread % Team;
        const std::int64_t line = first + thread / Team;
        std::int64_t at[2]{0, 0}, best = member;
        T value{};
        if (line < a.lines.size && member < a.count) {
          a.lines.offsets(line, at);
          const T* const x = a.x + at[1];
          value = x[member * a.stride];
          for (std::int64_t i = member + Team; i < a.count; i += Team)
            if (const T other = x[i * a.stride]; Op::better(other, value)) value = other, best = i;
          if constexpr (Team == 1) a.out[at[0]] = best;
        }
        if constexpr (Team > 1) places[thread] = best, values[thread] = value;
      });
      if constexpr (Team > 1) {
        for (int distance = Team / 2; distance > 0; distance /= 2) {
          block.barrier();
          block.each([&](int thread) {
            const int member = thread % Team, other = thread + distance;
            if (member >= distance || member + distance >= a.count) return;
            const bool is_later = places[other] > places[thread];
            const bool takes = is_later ? Op::better(values[other], values[thread]) : !Op::better(values[thread], values[other]);
            if (takes) places[thread] = places[other], values[thread] = values[other];
          });
        }
        block.barrier();
        block.each([&](int thread) {
          const std::int64_t line = first + thread / Team;
          if (thread % Team != 0 || line >= a.lines.size) return;
          std::int64_t at[2];
          a.lines.offsets(line, at);
          a.out[at[0]] = places[thread];
        });
        block.barrier();
      }
    }
  }
};

template <class Op> struct place_launches : without_scratch {
  template <class, class T, class Queue> static void issue(Queue& queue, const attributes& a, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    const auto all = read_tensors<2>(numbers);
    const tensor_numbers &x = all[0], &out = all[1];  // with OpenMP, clang 16 captures no structured bindings
    tensor_numbers lines = out;  // x without the axis
    for (int i = 0, from = 0; i < out.rank; ++i, ++from) {
      if (a.b == 0 && from == a.a) ++from;
      lines.strides[static_cast<std::size_t>(i)] = from == a.a ? 0 : x.stride(from);
    }
    const auto launch_by = [&]<int Team>(std::integral_constant<int, Team>) {
      launch_on<place_kernel<Op, T, Team>>(queue, {address<std::int64_t>(tensors[1], out), address<const T>(tensors[0], x), x.extent(a.a), x.stride(a.a), walk_over<2>({out, lines})});
    };
    const auto count = x.extent(a.a);
    const bool by_lines = x.stride(a.a) != 1 && out.size() >= 4096;  // neighbouring threads then read neighbouring lines
    if (count < 16 || (by_lines && count < 1024)) launch_by(std::integral_constant<int, 1>{});
    else if (count < 2048) launch_by(std::integral_constant<int, 32>{});
    else launch_by(std::integral_constant<int, item_threads>{});
  }
};
template <> struct op_launches<arg_max_op> : place_launches<arg_max_op> {};
template <> struct op_launches<arg_min_op> : place_launches<arg_min_op> {};

}  // namespace tapeless::device
