#pragma once
#include <tapeless/backend/bare.hpp>
#include <tapeless/backend/assembly.hpp>
#include <tapeless/backend/indexed.hpp>
#include <tapeless/backend/simd/epilogue.hpp>
#include <tapeless/backend/simd/fixed.hpp>
#include <tapeless/backend/simd/loop.hpp>
#include <tapeless/backend/simd/matmul.hpp>
#include <tapeless/backend/simd/others.hpp>
#include <tapeless/backend/simd/others_in_registers.hpp>
#include <tapeless/backend/simd/place.hpp>
#include <tapeless/backend/simd/windowed.hpp>

#include <cstring>

namespace tapeless::inline TAPELESS_ABI::simd_detail {

/// Of a loop kernel: a register of each kept step for each register of elements of a row, and two of each reduction across
/// the rows.
template <class Plan> constexpr std::int64_t row_buffer_bytes(const shape& domain, const Plan& p, const kernel& k, const binding& b) {
  constexpr std::int64_t widest = 64;
  const auto extent = [&](const loop_axes& l) {
    std::int64_t n = 1;
    for (int axis = l.first; axis < l.last; ++axis) n *= b(domain[axis]);
    return n;
  };
  const auto loop = [&](int i) { return p.loops[static_cast<std::size_t>(k.first_loop + i)]; };
  std::int64_t lines = 1;
  for (int i = 0; i < k.reduced_loops; ++i) lines *= extent(loop(k.outer_loops + i));
  const auto line = k.mode == loop_mode::columns ? wide::most_columns_at_once * widest : extent(loop(k.loop_count - 1)) * k.width + widest;
  return (k.kept_count + 2 * k.across_count) * lines * line;
}

/// Of the bodies of loops; defined where these are run.
template <class Products, class Program, std::size_t... K> constexpr std::int64_t bodies_bytes(std::index_sequence<K...>);

template <class Products, class Program> constexpr std::int64_t workspace_bytes(const binding& b) {
  std::int64_t most = bodies_bytes<Products, Program>(std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>{});
  using seen = std::conditional_t<Program::is_static, Program, bare_program<Program>>;
  const auto& g = seen::graph;
  const auto& p = seen::plan;
  for (const auto& k : p.kernels) {
    if (k.kept_count + k.across_count > 0) most = std::max(most, row_buffer_bytes(g.shapes[static_cast<std::size_t>(k.domain)], p, k, b));
    if (k.kind == kernel_kind::windowed) most = std::max(most, wide::windowed_workspace(g, k.node, b));
    if (k.kind != kernel_kind::contraction) continue;
    const auto& s = g.shape_of(k.node);
    const auto& x = g.shape_of(g.operand_of(k.node, 0));
    const auto m = b(s[s.rank - 2]), n = b(s[s.rank - 1]), depth = b(x[g.attributes_of(k.node).a == 1 ? x.rank - 2 : x.rank - 1]);
    const auto type = g[k.node].type;
    const bool is_block = p.storages[static_cast<std::size_t>(p.accesses[static_cast<std::size_t>(k.first_access + k.read_count)].storage)].kind == storage_kind::block;
    const auto needed = [&]<class T>(T) {
      const auto size = static_cast<std::int64_t>(sizeof(T));
      return align_up(wide::gemm_workspace<T>(m, n, depth) * size) + (is_block ? Products::template block_rows<T>(m, n, depth) * n * size : 0);
    };
    most = std::max(most, type == dtype::f32 ? needed(float()) : type == dtype::f64 ? needed(double()) : is_block ? m * n * size_of(type) : 0);
  }
  return most;
}

/// What every kernel is: a function of the tensors' memory, which of them it touches, its numbers, and scratch memory.
/// Kernels know nothing of the program they are part of, so that two layers of equal shape share one.
using kernel_function = void (*)(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept;

/// A thread's share of a kernel's work. The shares of a kernel may run at once, each with scratch memory of its own; its
/// results are the same bits whatever their number.
using wide::gemm_share;

/// `Hash`: of the loop_spec.
template <std::uint64_t Hash> struct loop_kernel {
  using loop = wide::loop<Hash>;
  using chunks = typename loop::chunks;
  static constexpr bool is_shared = true;
  static constexpr auto& S = registered_as<spec_key<Hash>>::value;

  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept {
    loop::run(tensors_of(storages, touched).data(), numbers, workspace);
  }

  /// Bytes in which the shares leave what `finish` combines; 0: nothing is left to do.
  static std::int64_t partial_bytes([[maybe_unused]] const std::int64_t* numbers) noexcept {
    if constexpr (chunks::applies)
      if (const auto n = chunks::count(numbers); n > 1) return n * chunks::bytes(numbers);
    return 0;
  }
  static void run_share(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace, [[maybe_unused]] void* partial, gemm_share share) noexcept {
    const auto tensors = tensors_of(storages, touched);
    if constexpr (chunks::applies) {
      if (const auto n = chunks::count(numbers); n > 1 && partial != nullptr) {
        for (auto c = share.begin(n); c < share.end(n); ++c) chunks::run_chunk(tensors.data(), numbers, static_cast<std::byte*>(workspace), c, static_cast<std::byte*>(partial) + c * chunks::bytes(numbers));
        if constexpr (S.streams()) wide::stream_end();
      } else if (share.index == 0) {
        loop::run(tensors.data(), numbers, workspace);
      }
      return;
    }
    if constexpr (S.outer_loops > 0) {
      if (numbers[0] >= share.count) return run_part(tensors.data(), numbers, workspace, 0, share.begin(numbers[0]), share.end(numbers[0]));
    }
    if constexpr (S.mode != loop_mode::rows && S.inner < 0) {
      constexpr int inner = S.loops() - 1;
      constexpr std::int64_t line = 64;  // elements: shares meet where cache lines do
      const auto lines = (numbers[inner] + line - 1) / line;
      return run_part(tensors.data(), numbers, workspace, inner, share.begin(lines) * line, std::min(numbers[inner], share.end(lines) * line));
    }
    if (share.index == 0) loop::run(tensors.data(), numbers, workspace);
  }
  static void finish([[maybe_unused]] void* const* storages, [[maybe_unused]] const std::uint16_t* touched, [[maybe_unused]] const std::int64_t* numbers, [[maybe_unused]] void* partial) noexcept {
    if constexpr (chunks::applies) chunks::finish(tensors_of(storages, touched).data(), numbers, static_cast<std::byte*>(partial));
  }

 private:
  static auto tensors_of(void* const* storages, const std::uint16_t* touched) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {  // written out: pointers that a loop moves would stay in memory
      return std::array<void*, sizeof...(I)>{storages[touched[I]]...};
    }(std::make_index_sequence<static_cast<std::size_t>(S.accesses)>{});
  }
  static void run_part(void* const* tensors, const std::int64_t* numbers, void* workspace, int l, std::int64_t begin, std::int64_t end) {
    if (begin >= end) return;
    typename loop::part_of_domain part(numbers);
    part.narrow(l, begin, end);
    loop::run(tensors, part.numbers.data(), workspace);
  }
};

/// The shares of kernels that leave nothing to be combined.
struct complete_shares {
  static constexpr bool is_shared = true;
  static std::int64_t partial_bytes(const std::int64_t*) noexcept { return 0; }
  static void finish(void* const*, const std::uint16_t*, const std::int64_t*, void*) noexcept {}
};

/// An operand of a product as it is multiplied: where its first element stands, and what lies between rows and columns.
struct product_operand {
  std::int64_t offset = 0, row_stride = 0, column_stride = 0;

  constexpr wide::matrix_layout layout() const {
    using enum wide::matrix_layout;
    return column_stride == 1 ? row_major : row_stride == 1 ? column_major : any;
  }
  template <class T> wide::matrix_view<T> view(void* storage) const { return {static_cast<T*>(storage) + offset, row_stride, column_stride}; }
};
/// Extents m, n, k of a matrix product; -1 where they are known at run time only.
struct product_extents {
  bool transpose_a = false, transpose_b = false;
  std::int64_t m = -1, n = -1, k = -1;
  bool is_single = false;  ///< one product and no batch of them, with all that follows known
  product_operand a{}, b{}, y{};
  int numbers = 0;         ///< of the kernel, which those of its epilogue follow
};

/// Behind the product's own scratch memory.
template <class T> T* block_of_product(void* workspace, std::int64_t m, std::int64_t n, std::int64_t k) {
  return reinterpret_cast<T*>(static_cast<std::byte*>(workspace) + align_up(wide::gemm_workspace<T>(m, n, k) * static_cast<std::int64_t>(sizeof(T))));
}

/// Matrix product of the extents E (product_extents), computed by Products (wide::own_products).
template <class Products, class T, auto E, class Epilogue, bool = E.is_single> struct matmul_kernel : complete_shares {
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept {
    run_share(storages, touched, numbers, workspace, nullptr, {});
  }
  static void run_share(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace, void*, gemm_share share) noexcept {
    const auto a = read_tensor<const T>(storages[touched[0]], numbers);
    const auto b = read_tensor<const T>(storages[touched[1]], numbers);
    auto y = read_tensor<T>(storages[touched[2]], numbers);
    const auto r = static_cast<std::size_t>(y.rank), ra = static_cast<std::size_t>(a.rank);
    const auto m = y.extents[r - 2], n = y.extents[r - 1], k = a.extents[E.transpose_a ? ra - 2 : ra - 1];
    bool moves = false;
    if constexpr (Epilogue::block >= 0) {  // nobody else reads the product: it has no memory but what is told at once
      y.data = block_of_product<T>(workspace, m, n, k);
      moves = Products::template block_rows<T>(m, n, k) < m;
    }
    const auto finished = Epilogue::follow(storages, touched + 3, numbers, y.data, moves);  // its accesses and numbers follow the product's
    wide::batched(y, a, b, E.transpose_a, E.transpose_b, [&](auto ma, auto mb, auto mc) {
      if constexpr (E.m >= 0) {
        Products::template gemm_static<T, E.m, E.n, E.k>(ma, mb, mc, static_cast<T*>(workspace), finished, share);
      } else {
        Products::template gemm<T>(m, n, k, ma, mb, mc, static_cast<T*>(workspace), finished, share);
      }
    });
  }
};

/// A single product all of whose numbers are known: layouts are in the types, nothing is looked up.
template <class Products, class T, auto E, class Epilogue> struct matmul_kernel<Products, T, E, Epilogue, true> : complete_shares {
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept {
    run_share(storages, touched, numbers, workspace, nullptr, {});
  }
  static void run_share(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace, void*, gemm_share share) noexcept {
    constexpr product_operand a = E.a, b = E.b, result = E.y;  // clang 16 crashes on members called on a part of E
    auto y = result.template view<T>(storages[touched[2]]);
    bool moves = false;
    if constexpr (Epilogue::block >= 0) {
      y.data = block_of_product<T>(workspace, E.m, E.n, E.k);
      moves = Products::template block_rows<T>(E.m, E.n, E.k) < E.m;
    }
    const auto finished = Epilogue::follow(storages, touched + 3, numbers + E.numbers, y.data, moves);
    Products::template gemm_static<T, E.m, E.n, E.k, a.layout(), b.layout()>(a.template view<const T>(storages[touched[0]]), b.template view<const T>(storages[touched[1]]),
                                                                             y, static_cast<T*>(workspace), finished, share);
  }
};

/// Ops with loops of their own.
template <class Op, attributes A, class Out, class... In> struct op_kernel : complete_shares {
  static constexpr bool is_shared = Op::kind == op_kind::windowed;
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept { run_share(storages, touched, numbers, workspace, nullptr, {}); }
  static void run_share(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, [[maybe_unused]] void* workspace, void*, gemm_share share) noexcept {
    if (!is_shared && share.index != 0) return;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const std::tuple in{read_tensor<const In>(storages[touched[I]], numbers)...};
      const auto out = read_tensor<Out>(storages[touched[sizeof...(In)]], numbers);
      if constexpr (std::is_base_of_v<place_along_axis, Op>) wide::place_kernel<Op>::run(A, out, std::get<I>(in)...);
      else if constexpr (std::same_as<Op, products_of_others_op>) wide::others_kernel::run(A, out, std::get<I>(in)...);
      else if constexpr (Op::kind == op_kind::indexed) indexed_loops<Op>::run(A, out, std::get<I>(in)...);
      else if constexpr (Op::kind == op_kind::windowed) wide::run_windowed<Op, A>(workspace, share, out, std::get<I>(in)...);
      else assembly_loops<Op>::run(A, out, std::get<I>(in)...);
    }(std::index_sequence_for<In...>{});
  }
};

/// products_of_others of `Rows` rows of N elements each, both tensors without gaps; x begins at `Offset`.
template <class T, int N, int Rows, std::int64_t Offset> struct others_of_rows_kernel : complete_shares {
  static constexpr bool is_shared = false;
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t*, void*) noexcept {
    const T* from = static_cast<const T*>(storages[touched[0]]) + Offset;
    T* to = static_cast<T*>(storages[touched[1]]);
    for (int row = 0; row < Rows; ++row) wide::others_in_registers<N>::row(to + row * N, from + row * N);
  }
  static void run_share(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace, void*, gemm_share share) noexcept {
    if (share.index == 0) run(storages, touched, numbers, workspace);
  }
};

}  // namespace tapeless::simd_detail
