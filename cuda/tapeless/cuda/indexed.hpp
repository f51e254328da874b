#pragma once
#include <tapeless/core/philox.hpp>
#include <tapeless/cuda/assembly.hpp>
#include <tapeless/ops/gather.hpp>
#include <tapeless/ops/one_hot.hpp>
#include <tapeless/ops/prod.hpp>
#include <tapeless/ops/random.hpp>

#include <limits>

namespace tapeless::inline TAPELESS_ABI::device {

/// Rows of x by index, in groups of Width neighbours of a row. A thread for each group: neighbours read one index.
template <class Bits, class Index, int Width> struct gather_kernel {
  struct arguments {
    Bits* out;
    const Bits* x;
    const Index* indices;
    std::int64_t rows, row_stride;  ///< of x
    Bits no_row;                    ///< what a row holds that an index outside asks for
    std::int64_t items;
    divisor per_row;                ///< groups
    strided<2> leading;             ///< of the result and the indices
    strided<2> row;                 ///< of the result and x
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "gather";
  static grid shape(const arguments& a) { return grid_of_items(a.items); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    using group = neighbours<Bits, Width>;
    each_item(block, a.items, [&](std::int64_t i) {
      std::int64_t lead[2], at[2];
      const std::int64_t element = a.per_row.divide(i);
      a.leading.offsets(i, lead);
      a.row.offsets(element, at);
      const auto index = static_cast<std::int64_t>(a.indices[lead[1]]);
      group* const to = reinterpret_cast<group*>(a.out + lead[0] + at[0]);
      if (index >= 0 && index < a.rows) {
        *to = *reinterpret_cast<const group*>(a.x + index * a.row_stride + at[1]);
      } else {
        group none;
        for (int k = 0; k < Width; ++k) none.value[k] = a.no_row;
        *to = none;
      }
    });
  }
};

template <> struct op_launches<gather_op> : without_scratch {
  template <class T, class, class Index, class Queue> static void issue(Queue& queue, const attributes& a, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    using bits = bits_of<T>;
    const auto all = read_tensors<3>(numbers);
    const tensor_numbers &x = all[0], &indices = all[1], &out = all[2];  // with OpenMP, clang 16 captures no structured bindings
    if (out.size() == 0) return;
    T no_row{};
    if constexpr (std::numeric_limits<T>::has_quiet_NaN) no_row = a.a == 1 ? T{} : std::numeric_limits<T>::quiet_NaN();
    else no_row = a.a == 1 ? T{} : std::numeric_limits<T>::lowest();
    const std::array<tensor_numbers, 2> rows{out.axes(indices.rank, out.rank), x.axes(1, x.rank)}, leading{out.axes(0, indices.rank), indices};
    bits* const to = address<bits>(tensors[2], out);
    const bits* const from = address<const bits>(tensors[0], x);
    const auto launch_by = [&]<int Width>(std::integral_constant<int, Width>) {
      const auto row = walk_over<2>(rows, Width);
      const auto items = out.size() / Width;
      launch_on<gather_kernel<bits, Index, Width>>(
          queue, {to, from, address<const Index>(tensors[1], indices), x.extent(0), x.stride(0), std::bit_cast<bits>(no_row), items, divisor(row.size, items), walk_over<2>(leading), row});
    };
    constexpr int most = static_cast<int>(16 / sizeof(T));
    bool even = x.stride(0) % most == 0 && access_width<2>(rows, {to, from}, sizeof(T)) == most;
    for (int axis = 0; axis < indices.rank; ++axis) even = even && (out.stride(axis) % most == 0 || out.extent(axis) == 1);
    if (even) launch_by(std::integral_constant<int, most>{});
    else launch_by(std::integral_constant<int, 1>{});
  }
};

template <class T> struct iota_kernel {
  struct arguments {
    T* out;
    std::int64_t count, stride;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "iota";
  static grid shape(const arguments& a) { return grid_of_items(a.count); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, a.count, [&](std::int64_t i) { a.out[i * a.stride] = static_cast<T>(i); });
  }
};
template <> struct op_launches<iota_op> : without_scratch {
  template <class T, class Queue> static void issue(Queue& queue, const attributes&, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    const auto [out] = read_tensors<1>(numbers);
    launch_on<iota_kernel<T>>(queue, {address<T>(tensors[0], out), out.extent(0), out.stride(0)});
  }
};

/// A thread for each line, which it walks twice, as the CPU does.
template <class T> struct products_of_others_kernel {
  struct arguments {
    T* out;
    const T* x;
    std::int64_t count, out_stride, stride;  ///< along the line
    strided<2> lines;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "products_of_others";
  static grid shape(const arguments& a) { return grid_of_items(a.lines.size); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, a.lines.size, [&](std::int64_t line) {
      std::int64_t at[2];
      a.lines.offsets(line, at);
      T* to = a.out + at[0];
      const T* from = a.x + at[1];
      T left(1), right(1);
      for (std::int64_t i = 0; i < a.count; ++i, to += a.out_stride, from += a.stride) *to = left, left = left * *from;
      for (std::int64_t i = 0; i < a.count; ++i) {
        to -= a.out_stride, from -= a.stride;
        *to = *to * right, right = right * *from;
      }
    });
  }
};
template <> struct op_launches<products_of_others_op> : without_scratch {
  template <class T, class, class Queue> static void issue(Queue& queue, const attributes& a, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    const auto [x, out] = read_tensors<2>(numbers);
    launch_on<products_of_others_kernel<T>>(queue, {address<T>(tensors[1], out), address<const T>(tensors[0], x), x.extent(a.a), out.stride(a.a), x.stride(a.a),
                                                    walk_over<2>({window_of(out, a.a, 0, 1, 1), window_of(x, a.a, 0, 1, 1)})});
  }
};

struct random_step_kernel {
  struct arguments {
    std::int64_t* out;
    const std::int64_t *state, *step;
    std::int64_t out_stride, stride;
  };
  static constexpr int most_threads = 32;
  static constexpr const char* name = "random_step";
  static grid shape(const arguments&) { return {1, 32, 0}; }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    block.each([&](int thread) {
      if (thread != 0) return;
      a.out[0] = static_cast<std::int64_t>(random_seed(static_cast<std::uint64_t>(a.state[0]), static_cast<std::uint64_t>(a.state[a.stride])));
      a.out[a.out_stride] = a.step[0];
    });
  }
};
template <> struct op_launches<random_step_op> : without_scratch {
  template <class, class, class, class Queue> static void issue(Queue& queue, const attributes&, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    const auto [state, step, out] = read_tensors<3>(numbers);
    launch_on<random_step_kernel>(queue, {address<std::int64_t>(tensors[2], out), address<const std::int64_t>(tensors[0], state), address<const std::int64_t>(tensors[1], step), out.stride(0), state.stride(0)});
  }
};

/// A thread for each Philox block: the elements that it yields.
template <class Op, class T> struct random_kernel {
  struct arguments {
    T* out;
    const std::int64_t* state;
    std::int64_t state_stride;
    std::uint64_t stream;
    std::int64_t count;
    bool whole;  ///< elements of a block are neighbours in 16 bytes
    strided<1> walk;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = Op::name;
  static constexpr int per_block = Op::template per_block<T>;
  static grid shape(const arguments& a) { return grid_of_items((a.count + per_block - 1) / per_block); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, (a.count + per_block - 1) / per_block, [&](std::int64_t i) {
      const auto seed = random_seed(static_cast<std::uint64_t>(a.state[0]), static_cast<std::uint64_t>(a.state[a.state_stride]));
      const philox_words words = random_block(seed, a.stream, static_cast<std::uint64_t>(i));
      neighbours<T, per_block> drawn;
      for (int k = 0; k < per_block; ++k) drawn.value[k] = Op::template element<T>(words, k);
      const std::int64_t first = i * per_block;
      if (a.whole && first + per_block <= a.count) {
        *reinterpret_cast<neighbours<T, per_block>*>(a.out + first) = drawn;
      } else {
        for (int k = 0; k < per_block; ++k)
          if (first + k < a.count) a.out[a.walk.offset(first + k)] = drawn.value[k];
      }
    });
  }
};
template <class Op> struct random_launches : without_scratch {
  template <class T, class, class Queue> static void issue(Queue& queue, const attributes& a, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    const auto [state, out] = read_tensors<2>(numbers);
    T* const to = address<T>(tensors[1], out);
    const auto walk = walk_over<1>({out});
    const bool whole = (walk.rank == 0 || (walk.rank == 1 && walk.strides[0][0] == 1)) && reinterpret_cast<std::uintptr_t>(to) % 16 == 0;
    launch_on<random_kernel<Op, T>>(queue, {to, address<const std::int64_t>(tensors[0], state), state.stride(0), static_cast<std::uint64_t>(a.a), out.size(), whole, walk});
  }
};
template <> struct op_launches<random_uniform_op> : random_launches<random_uniform_op> {};
template <> struct op_launches<random_normal_op> : random_launches<random_normal_op> {};

}  // namespace tapeless::device
