#pragma once
#include <tapeless/core/sequence.hpp>

#include <cstdint>

namespace tapeless::inline TAPELESS_ABI {

/// Where a node is computed: in which kernel and, in a loop kernel, for each element of its domain or for each row.
struct placement {
  int kernel = -1;
  bool row = false;  ///< computed once for each reduced row, behind the inner loop
  int pass = 0;      ///< of the kernel's passes over a row, the first in which its operands are there; -1: before them
  bool across = false;  ///< a reduction across the rows of its kernel, complete when all of them have been walked
};

enum class kernel_kind : std::uint8_t { loop, contraction, assembly, indexed, windowed, region };

/// A set of nodes that run as one kernel, in topological order.
struct fused_kernel {
  kernel_kind kind = kernel_kind::loop;
  int stage = 0;        ///< kernels of a stage only read what earlier stages wrote
  int domain = 0;       ///< shape over which the loops run
  int row_shape = -1;   ///< shape of the reductions' results; -1: no reduction
  std::int64_t reduced = 0;
  int width = 0;        ///< bytes of the elements: 4, 8; 0: only bool so far; -1: mixed, computed without SIMD
  sequence<int> nodes{};
  int merged_into = -1;
  sequence<int> reads{};  ///< distinct operands computed elsewhere
  bool epilogue = false;     ///< runs by blocks in the matrix product that stands before it
};

/// What a plan is made for.
struct planning {
  bool takes_out = true;  ///< what is the same in every run is computed once, before all runs
  bool by_blocks = true;  ///< for a processor with caches and registers of several elements: loops follow a matrix product by blocks, large
                          ///< results are written past the caches, elements of other sizes have loops of their own
};

struct fusion {
  sequence<fused_kernel> kernels;
  sequence<placement> placements;
  sequence<char> stored;  ///< the node is written to memory
  int first_stage = 0;    ///< of the kernels that run in every run; those of earlier stages run once
};

}  // namespace tapeless
