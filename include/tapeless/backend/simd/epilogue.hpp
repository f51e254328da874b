#pragma once
#include <tapeless/backend/simd/gemm_request.hpp>
#include <tapeless/backend/simd/loop.hpp>
#include <tapeless/ops/arithmetic.hpp>

namespace tapeless::inline TAPELESS_ABI::simd_detail {

/// What a product does with a block of its result that is complete: nothing ...
struct no_epilogue {
  static constexpr int block = -1;
  using callback = wide::nothing_finished;
  static constexpr callback follow(void* const*, const std::uint16_t*, const std::int64_t*, void*, bool) { return {}; }
};

/// Of the epilogue of kernel k: which of its reads is the product, if that has memory for blocks only; else -1.
template <class Plan> constexpr int block_read(const Plan& p, int index) {
  const auto& k = p.kernels[static_cast<std::size_t>(index)];
  for (int i = 0; i < k.read_count; ++i)
    if (p.storages[static_cast<std::size_t>(p.accesses[static_cast<std::size_t>(k.first_access + i)].storage)].kind == storage_kind::block) return i;
  return -1;
}

/// An epilogue of the form to = from + scale * product or from - scale * product, which tiles do in registers.
struct update_form {
  bool is_one = false, subtracts = false;
  int from = -1, scale = -1;  ///< slots
};
template <class Spec> constexpr update_form update_form_of(const Spec& s, int product) {
  update_form f;
  if (product < 0 || s.mode != loop_mode::map || s.width == 0 || s.steps != 2 || s.writes != 1 || s.outer_loops != 1) return f;
  const auto &product_times = s.step[0], &last = s.step[1];
  if (product_times.op != id_of<multiply_op>() || (last.op != id_of<add_op>() && last.op != id_of<subtract_op>()) || s.access[static_cast<std::size_t>(s.reads)].slot != s.first_step + 1) return f;
  f.subtracts = last.op == id_of<subtract_op>();
  f.scale = product_times.operands[product_times.operands[0] == product];
  f.from = last.operands[!f.subtracts && last.operands[0] == s.first_step];
  const bool scaled = product_times.operands[0] == product || product_times.operands[1] == product;
  const bool added = last.operands[1] == s.first_step || (!f.subtracts && last.operands[0] == s.first_step);
  const auto is = [&](int a, inner_walk walk) { return a < s.reads && s.access[static_cast<std::size_t>(a)].walk == walk; };
  const bool has_scale = (f.scale >= s.reads && f.scale < s.first_step) || is(f.scale, inner_walk::uniform);
  f.is_one = scaled && added && has_scale && f.from != product && is(f.from, inner_walk::contiguous) && is(product, inner_walk::contiguous) &&
             s.access[static_cast<std::size_t>(s.reads)].walk == inner_walk::contiguous;
  return f;
}

/// ... or a loop kernel's work on that block, which is the same kernel with other extents and offsets. `Block`: see block_read.
template <std::uint64_t Hash, int Block = -1> struct loop_epilogue {
  static constexpr int block = Block;
  static constexpr auto& S = registered_as<spec_key<Hash>>::value;
  static constexpr auto form = update_form_of(S, Block);

  struct blocks {
    std::array<void*, static_cast<std::size_t>(S.accesses)> tensors;
    const std::int64_t* numbers;
    bool moves;

    void operator()(std::int64_t i0, std::int64_t i1, std::int64_t j0, std::int64_t j1) const {
      typename wide::loop<Hash>::part_of_domain part(numbers);
      part.narrow(0, i0, i1);
      part.narrow(1, j0, j1);
      if constexpr (Block >= 0)
        if (moves) part.numbers[static_cast<std::size_t>(S.offset_number(Block))] -= i0 * part.numbers[static_cast<std::size_t>(S.stride_number(Block, 0))];
      wide::loop<Hash>::run(tensors.data(), part.numbers.data(), nullptr);
    }
  };
  template <class T> struct updating_blocks : blocks {
    wide::gemm_update<T> update;
  };

  /// `product`: the memory of its blocks.
  static auto follow(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, [[maybe_unused]] void* product, bool moves) {
    blocks f{{}, numbers, moves};
    for (std::size_t i = 0; i < f.tensors.size(); ++i) f.tensors[i] = storages[touched[i]];
    if constexpr (Block >= 0) f.tensors[static_cast<std::size_t>(Block)] = product;
    if constexpr (form.is_one) {
      using T = element_of<S.slot_type(S.first_step)>;
      const auto at = [&](int a) { return static_cast<T*>(f.tensors[static_cast<std::size_t>(a)]) + numbers[S.offset_number(a)]; };
      T scale;
      if constexpr (form.scale < S.reads) scale = *at(form.scale);
      else scale = static_cast<T>(std::bit_cast<double>(S.constant[static_cast<std::size_t>(form.scale - S.reads)].bits));
      return updating_blocks<T>{f, {{at(S.reads), numbers[S.stride_number(S.reads, 0)], 1}, {at(form.from), numbers[S.stride_number(form.from, 0)], 1}, form.subtracts ? -scale : scale}};
    } else {
      return f;
    }
  }
};

}  // namespace tapeless::simd_detail
