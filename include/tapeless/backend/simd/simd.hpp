#pragma once
#include <tapeless/backend/indexed.hpp>
#include <tapeless/backend/simd/loop.hpp>
#include <tapeless/backend/simd/matmul.hpp>
#include <tapeless/backend/assembly.hpp>
#include <tapeless/plan/memory.hpp>

#include <cstddef>
#include <memory>
#include <new>

namespace tapeless {

namespace simd_detail {

template <class T> tensor_view<T> read_tensor(void* storage, const std::int64_t*& numbers) {
  tensor_view<T> t;
  t.data = static_cast<T*>(storage) + *numbers++;
  t.rank = static_cast<int>(*numbers++);
  for (int i = 0; i < t.rank; ++i) t.extents[static_cast<std::size_t>(i)] = *numbers++;
  for (int i = 0; i < t.rank; ++i) t.strides[static_cast<std::size_t>(i)] = *numbers++;
  return t;
}

template <class Program> constexpr std::int64_t workspace_bytes(const binding& b) {
  std::int64_t most = 0;
  for (const auto& k : Program::plan.kernels) {
    if (k.kind != kernel_kind::contraction) continue;
    const auto& g = Program::graph;
    const auto& s = g.shape_of(k.node);
    const auto& x = g.shape_of(g.operand_of(k.node, 0));
    const auto m = b(s[s.rank - 2]), n = b(s[s.rank - 1]), depth = b(x[g.attributes_of(k.node).a == 1 ? x.rank - 2 : x.rank - 1]);
    const auto type = g[k.node].type;
    const auto count = type == dtype::f32 ? wide::gemm_workspace<float>(m, n, depth) : type == dtype::f64 ? wide::gemm_workspace<double>(m, n, depth) : 0;
    most = std::max(most, count * size_of(type));
  }
  return most;
}

/// What every kernel is: a function of the tensors' memory, which of them it touches, its numbers, and scratch memory.
/// Kernels know nothing of the program they are part of, so that two layers of equal shape share one.
using kernel_function = void (*)(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept;

template <auto Spec> struct loop_kernel {
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void*) noexcept {
    std::array<void*, static_cast<std::size_t>(Spec.accesses)> tensors;
    for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i] = storages[touched[i]];
    wide::loop<Spec>::run(tensors.data(), numbers);
  }
};

/// Matrix product of the extents E (product_extents).
template <class T, auto E> struct matmul_kernel {
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept {
    const auto a = read_tensor<const T>(storages[touched[0]], numbers);
    const auto b = read_tensor<const T>(storages[touched[1]], numbers);
    const auto y = read_tensor<T>(storages[touched[2]], numbers);
    wide::batched(y, a, b, E.transpose_a, E.transpose_b, [&](auto ma, auto mb, auto mc) {
      if constexpr (E.m >= 0) {
        wide::gemm_static<T, E.m, E.n, E.k>(ma, mb, mc, static_cast<T*>(workspace));
      } else {
        const auto r = static_cast<std::size_t>(y.rank), ra = static_cast<std::size_t>(a.rank);
        wide::gemm<T>(y.extents[r - 2], y.extents[r - 1], a.extents[E.transpose_a ? ra - 2 : ra - 1], ma, mb, mc, static_cast<T*>(workspace));
      }
    });
  }
};

/// Ops with loops of their own.
template <class Op, attributes A, class Out, class... In> struct op_kernel {
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void*) noexcept {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const std::tuple in{read_tensor<const In>(storages[touched[I]], numbers)...};
      const auto out = read_tensor<Out>(storages[touched[sizeof...(In)]], numbers);
      if constexpr (Op::kind == op_kind::indexed) indexed_loops<Op>::run(A, out, std::get<I>(in)...);
      else assembly_loops<Op>::run(A, out, std::get<I>(in)...);
    }(std::index_sequence_for<In...>{});
  }
};

/// The kernel type of kernel K of a program. Class templates only: compilers spell out the name of every function that they
/// instantiate, and a program's name is long.
template <class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct kernel_of;

template <class Program, int K> struct kernel_of<Program, K, kernel_kind::loop> {
  using type = loop_kernel<spec_of<Program::plan.kernels[K].read_count, Program::plan.kernels[K].constant_count, Program::plan.kernels[K].step_count,
                                   Program::plan.kernels[K].access_count - Program::plan.kernels[K].read_count>(Program::graph, Program::plan, K, Program::is_static)>;
};

/// Extents m, n, k of a matrix product; -1 where they are known at run time only.
struct product_extents {
  bool transpose_a = false, transpose_b = false;
  std::int64_t m = -1, n = -1, k = -1;
};
template <class Graph> constexpr product_extents product_of(const Graph& g, int node, bool all_static) {
  const auto& flags = g.attributes_of(node);
  const auto &y = g.shape_of(node), &a = g.shape_of(g.operand_of(node, 0));
  product_extents e{flags.a == 1, flags.b == 1};
  if (all_static) e.m = y[y.rank - 2].constant, e.n = y[y.rank - 1].constant, e.k = a[e.transpose_a ? a.rank - 2 : a.rank - 1].constant;
  return e;
}
template <class Program, int K> struct kernel_of<Program, K, kernel_kind::contraction> {
  using type = matmul_kernel<element_of<Program::graph[Program::plan.kernels[K].node].type>, product_of(Program::graph, Program::plan.kernels[K].node, Program::is_static)>;
};

template <class Program, int Node, class = std::make_index_sequence<static_cast<std::size_t>(Program::graph[Node].operand_count)>> struct op_kernel_of;
template <class Program, int Node, std::size_t... I> struct op_kernel_of<Program, Node, std::index_sequence<I...>> {
  using type = op_kernel<op_of<Program::graph[Node].op>, Program::graph.attributes_of(Node), element_of<Program::graph[Node].type>,
                         element_of<Program::graph[Program::graph.operand_of(Node, static_cast<int>(I))].type>...>;
};
template <class Program, int K, kernel_kind Kind> struct kernel_of : op_kernel_of<Program, Program::plan.kernels[K].node> {};

/// What running needs of a plan: numbers only, so that the graph, whose nodes point to the functions of their ops, stays in
/// the compiler.
template <class Program> struct run_tables {
  struct kernel_start {
    std::uint32_t access = 0, number = 0;
  };
  struct commit {
    std::uint16_t to = 0, from = 0;
    std::size_t bytes = 0;
  };
  static constexpr auto starts = [] {
    std::array<kernel_start, Program::plan.kernels.size()> t{};
    for (std::size_t k = 0; k < t.size(); ++k) t[k] = {static_cast<std::uint32_t>(Program::plan.kernels[k].first_access), static_cast<std::uint32_t>(Program::plan.kernels[k].first_number)};
    return t;
  }();
  static constexpr auto touched = [] {
    std::array<std::uint16_t, Program::plan.accesses.size() + 1> t{};
    for (std::size_t i = 0; i < Program::plan.accesses.size(); ++i) t[i] = static_cast<std::uint16_t>(Program::plan.accesses[i].storage);
    return t;
  }();
  static constexpr auto numbers = Program::plan.numbers;
  static constexpr auto outputs = Program::plan.outputs;
  static constexpr auto commits = [] {
    std::array<commit, Program::plan.commits.size()> t{};
    for (std::size_t i = 0; i < t.size(); ++i) {
      const auto& c = Program::plan.commits[i];
      const int node = Program::plan.storages[static_cast<std::size_t>(c.variable)].node;
      t[i] = {static_cast<std::uint16_t>(c.variable), static_cast<std::uint16_t>(c.value),
              static_cast<std::size_t>(element_count(Program::graph.shape_of(node)) * size_of(Program::graph[node].type))};
    }
    return t;
  }();
};

/// A small arena stands in the executor itself, so that a function of a few numbers touches no heap ...
template <std::int64_t Bytes> struct embedded_arena {
  alignas(arena_alignment) std::byte bytes[static_cast<std::size_t>(Bytes > 0 ? Bytes : 1)];
  std::byte* reserve(std::int64_t) { return bytes; }
};
/// ... and others on the heap, growing with what is asked of them. They start with a page: behind its start stand the data of
/// large arrays from malloc, and a load from just behind the place in a page that was stored to last waits for nothing,
/// while one from just before it takes half as long again.
class heap_arena {
 public:
  std::byte* reserve(std::int64_t bytes) {
    if (bytes > capacity_) {
      bytes_.reset(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(bytes), page)));
      capacity_ = bytes;
    }
    return bytes_.get();
  }

 private:
  static constexpr std::align_val_t page{4096};
  struct release {
    void operator()(std::byte* p) const { ::operator delete(p, page); }
  };
  std::unique_ptr<std::byte, release> bytes_;
  std::int64_t capacity_ = 0;
};

}  // namespace simd_detail

/// Runs plans with xsimd on one core: fused loops, register-blocked matrix products, one block of memory.
struct simd {
  template <class Program> class executor {
   public:
    static constexpr bool is_static = Program::is_static;

   private:
    static constexpr std::size_t storages = Program::plan.storages.size();
    struct static_memory {
      std::array<std::int64_t, storages> offsets{};
      std::int64_t arena_bytes = -1, workspace = 0;
    };
    static constexpr static_memory memory = [] {
      static_memory s;
      if constexpr (is_static) {
        const auto m = plan_memory(Program::graph, Program::plan, binding{}, simd_detail::workspace_bytes<Program>({}));
        for (std::size_t i = 0; i < storages; ++i) s.offsets[i] = m.offsets[i];
        s.arena_bytes = m.arena_bytes;
        s.workspace = m.workspace;
      }
      return s;
    }();

   public:
    /// Bytes of the one block of memory, where all dims are static; else -1.
    static constexpr std::int64_t arena_bytes = memory.arena_bytes;

    executor() = default;
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;

    /// Plans memory for these values of the named dims. Allocates where more is needed than before.
    void bind([[maybe_unused]] const binding& b) {
      if constexpr (is_static) {
        std::byte* base = arena_.reserve(arena_bytes);
        if constexpr (small) {  // spelled out, so that addresses are constants to the compiler
          [&]<std::size_t... S>(std::index_sequence<S...>) {
            ((storages_[S] = memory.offsets[S] >= 0 ? base + memory.offsets[S] : nullptr), ...);
          }(std::make_index_sequence<storages>{});
        } else {
          for (std::size_t i = 0; i < storages; ++i)
            if (memory.offsets[i] >= 0) storages_[i] = base + memory.offsets[i];
        }
        workspace_ = base + memory.workspace;
      } else {
        numbers_ = numbers_of(Program::graph, Program::plan, b);
        const auto m = plan_memory(Program::graph, Program::plan, b, simd_detail::workspace_bytes<Program>(b));
        std::byte* base = arena_.reserve(m.arena_bytes);
        for (std::size_t i = 0; i < storages; ++i)
          if (m.offsets[i] >= 0) storages_[i] = base + m.offsets[i];
        workspace_ = base + m.workspace;
      }
    }
    /// `leaf`: index in the graph's leaves.
    void set_leaf(int leaf, void* data) { storages_[static_cast<std::size_t>(leaf)] = data; }

    void run() noexcept {
      using tables = simd_detail::run_tables<Program>;
      const std::int64_t* numbers = is_static ? tables::numbers.data() : numbers_.data();
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        if constexpr (sizeof...(K) <= most_inlined) {
          (simd_detail::kernel_of<Program, static_cast<int>(K)>::type::run(storages_.data(), tables::touched.data() + tables::starts[K].access,
                                                                                 numbers + tables::starts[K].number, workspace_), ...);
        } else {
          static constexpr simd_detail::kernel_function functions[]{simd_detail::kernel_of<Program, static_cast<int>(K)>::type::run...};
          for (std::size_t k = 0; k < sizeof...(K); ++k)
            functions[k](storages_.data(), tables::touched.data() + tables::starts[k].access, numbers + tables::starts[k].number, workspace_);
        }
      }(std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>{});
      for (const auto& c : tables::commits) std::memcpy(storages_[c.to], storages_[c.from], c.bytes);
    }
    const void* output(int i) const { return storages_[static_cast<std::size_t>(simd_detail::run_tables<Program>::outputs[static_cast<std::size_t>(i)])]; }

   private:
    /// Up to this many kernels are called by name, so that the compiler may inline them; more go through a table.
    static constexpr std::size_t most_inlined = 24;
    static constexpr bool small = is_static && arena_bytes <= 4096;
    struct no_numbers {
      static constexpr std::int64_t* data() { return nullptr; }
    };

    std::conditional_t<small, simd_detail::embedded_arena<small ? arena_bytes : 0>, simd_detail::heap_arena> arena_;
    std::array<void*, storages> storages_{};
    std::conditional_t<is_static, no_numbers, decltype(numbers_of(Program::graph, Program::plan, binding{}))> numbers_;
    void* workspace_ = nullptr;
  };
};

}  // namespace tapeless
