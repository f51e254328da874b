#pragma once
#include <tapeless/plan/fusion.hpp>

namespace tapeless::inline TAPELESS_ABI {

enum class storage_kind : std::uint8_t {
  arena,
  placeholder,
  variable,
  extent,
  random,
  block,  ///< a product that only its epilogue reads: it has memory for a block of it at a time, or none
};

/// A tensor that has memory of its own.
struct storage {
  int node = 0;
  storage_kind kind = storage_kind::arena;
  int first_kernel = 0;     ///< arena: the kernel that writes it; -1: what is fixed, before all runs
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
  bool across = false;      ///< written: once, when all rows have been walked
  bool streams = false;     ///< written: past the caches, which it would only sweep out
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
  bool across = false;        ///< a reduction of all rows' elements at a place
  std::uint8_t computed = 1;  ///< by bit: the passes over the row that compute it; behind the pass, what is once for the row; 0: before them
  std::uint8_t kept = 0;      ///< by bit: the passes that take it from the row's buffer
  std::uint8_t home = 0;      ///< not 0: that is no buffer but the result which access home - 1 writes in the end
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
  int passes = 1;           ///< over each row
  int kept_count = 0;       ///< steps that a later pass takes from the row's buffer
  int across_count = 0;     ///< reductions across the rows
  bool epilogue = false;    ///< runs by blocks in the matrix product that stands before it
  std::uint8_t finish = 0;    ///< of a product on a device: what a library does with its result, see device::epilogue
  bool streams_late = false;  ///< whether it writes past the caches is known with the dims only
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
  bool by_blocks = true;                                         ///< as planning says
  int once = 0;                                                  ///< so many of the kernels run when the dims are known, and not again

  constexpr planning made_for() const { return {once > 0, by_blocks}; }
};
using plan = basic_plan<growing>;

using plan_sizes = std::array<std::size_t, 9>;

namespace detail {
constexpr plan_sizes sizes_of(const plan& p) {
  return {p.kernels.size(), p.accesses.size(), p.steps.size(), p.constants.size(), p.loops.size(), p.storages.size(), p.numbers.size(), p.outputs.size(), p.commits.size()};
}
template <class From, class To> constexpr void copy_plan(const From& p, To& f, const plan_sizes& n) {
  copy_table(p.kernels, f.kernels, n[0]), copy_table(p.accesses, f.accesses, n[1]), copy_table(p.steps, f.steps, n[2]), copy_table(p.constants, f.constants, n[3]);
  copy_table(p.loops, f.loops, n[4]), copy_table(p.storages, f.storages, n[5]), copy_table(p.numbers, f.numbers, n[6]), copy_table(p.outputs, f.outputs, n[7]), copy_table(p.commits, f.commits, n[8]);
  f.once = p.once;
  f.by_blocks = p.by_blocks;
}
template <class Plan> struct roomy_plan {
  Plan contents{};
  plan_sizes sizes{};
};
template <class Room> constexpr roomy_plan<Room> fill_plan(const plan& p) {
  roomy_plan<Room> r;
  r.sizes = sizes_of(p);
  copy_plan(p, r.contents, r.sizes);
  return r;
}
/// Bounds of the plan of a graph: each node is a step or kernel, each operand is read once, each node written once.
template <class Graph> constexpr plan_sizes most_plan_sizes(const Graph& g) {
  const auto nodes = g.nodes.size(), operands = g.operands.size(), accesses = operands + nodes, loops = nodes * 4;
  std::size_t numbers = loops;
  for (int id = 0; id < g.size(); ++id) {
    numbers += static_cast<std::size_t>(2 * g.shape_of(id).rank + 4);
    for (int o : g.operands_of(id)) numbers += static_cast<std::size_t>(2 * std::max(g.shape_of(o).rank, g.shape_of(id).rank) + 2);
  }
  return {nodes, accesses, nodes, operands, loops, nodes, numbers, g.outputs.size(), g.assignments.size()};
}
}  // namespace detail

/// Turns the plan of a graph, which `Make` computes, into a constant.
template <const auto& Graph, auto Make> consteval auto freeze_plan() {
  constexpr plan_sizes most = detail::most_plan_sizes(Graph);
  using room = basic_plan<frozen<most[0], most[1], most[2], most[3], most[4], most[5], most[6], most[7], most[8]>>;
  constexpr auto made = detail::fill_plan<room>(Make());
  constexpr auto n = made.sizes;
  basic_plan<frozen<n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]>> f;
  detail::copy_plan(made.contents, f, n);
  return f;
}

}  // namespace tapeless
