#pragma once
#include <tapeless/plan/fusion.hpp>

namespace tapeless {

enum class storage_kind : std::uint8_t { arena, placeholder, variable, extent, random };

/// A tensor that has memory of its own.
struct storage {
  int node = 0;
  storage_kind kind = storage_kind::arena;
  int first_kernel = 0;     ///< arena: the kernel that writes it
  int last_kernel = 0;      ///< arena: the last that reads it; behind the last kernel for what is fetched
  int in_place_of = -1;     ///< arena: the storage whose memory may be taken over element by element
};

/// How a kernel touches one tensor.
struct access {
  int node = 0;             ///< as read or written, perhaps through views
  int storage = 0;
  bool write = false;
  bool row = false;         ///< once for each reduced row
  int slot = 0;             ///< written: the slot of the value
};

enum class loop_mode : std::uint8_t {
  map,      ///< no reduction
  rows,     ///< the inner loop is reduced
  columns,  ///< the inner loop is kept; reduced loops run inside it
};

/// One step of a loop kernel. Slots are numbered: reads, then constants, then steps.
struct loop_step {
  const op_info* op = nullptr;
  dtype type = dtype::f32;
  bool row = false;
  std::uint8_t arity = 0;
  std::array<std::uint8_t, 4> operands{};
  friend constexpr bool operator==(const loop_step&, const loop_step&) = default;
};

struct loop_constant {
  std::uint64_t bits = 0;
  dtype type = dtype::f32;
  friend constexpr bool operator==(const loop_constant&, const loop_constant&) = default;
};

/// One loop: a run of axes of the domain that every access walks evenly.
struct loop_axes {
  int first = 0, last = 0;  ///< [first, last)
  bool reduced = false;
};

struct kernel {
  kernel_kind kind = kernel_kind::loop;
  loop_mode mode = loop_mode::map;
  int width = 0;
  int domain = 0;           ///< shape
  std::int64_t reduced = 0;
  int node = 0;             ///< the op of kernels that compute one
  int first_access = 0, access_count = 0, read_count = 0;
  int first_step = 0, step_count = 0;
  int first_constant = 0, constant_count = 0;
  int first_loop = 0, loop_count = 0, outer_loops = 0, reduced_loops = 0;
  int first_number = 0, number_count = 0;
};

/// What runs: kernels in order, and the tensors they touch. `numbers` are the extents, strides and offsets of each kernel
/// under one binding; everything else is the same for all bindings.
template <class Storage> struct basic_plan {
  typename Storage::template table<kernel, 0> kernels{};
  typename Storage::template table<access, 1> accesses{};
  typename Storage::template table<loop_step, 2> steps{};
  typename Storage::template table<loop_constant, 3> constants{};
  typename Storage::template table<loop_axes, 4> loops{};
  typename Storage::template table<storage, 5> storages{};
  typename Storage::template table<std::int64_t, 6> numbers{};
  typename Storage::template table<int, 7> outputs{};            ///< storage of each fetched tensor
  typename Storage::template table<assignment, 8> commits{};     ///< storages copied at the end: variable <- value
};
using plan = basic_plan<growing>;

template <auto Make> consteval auto freeze_plan() {
  constexpr auto s = [] {
    const plan p = Make();
    return std::array{p.kernels.size(), p.accesses.size(), p.steps.size(), p.constants.size(), p.loops.size(), p.storages.size(), p.numbers.size(), p.outputs.size(), p.commits.size()};
  }();
  basic_plan<frozen<s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]>> f;
  const plan p = Make();
  constexpr auto copy = [](const auto& from, auto& to) {
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i];
  };
  copy(p.kernels, f.kernels), copy(p.accesses, f.accesses), copy(p.steps, f.steps), copy(p.constants, f.constants), copy(p.loops, f.loops);
  copy(p.storages, f.storages), copy(p.numbers, f.numbers), copy(p.outputs, f.outputs), copy(p.commits, f.commits);
  return f;
}

}  // namespace tapeless
