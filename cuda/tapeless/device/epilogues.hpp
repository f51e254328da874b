#pragma once
#include <tapeless/cuda/product_request.hpp>
#include <tapeless/device/epilogue_steps.hpp>
#include <tapeless/plan/lower.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// A product of a plan and the loop that becomes its epilogue.
struct fused_product {
  int product = 0, loop = 0;
  epilogue finish = epilogue::none;
  int columns = -1;  ///< access of the loop: the bias that it reads, or the sums of columns that it writes
  int result = -1;   ///< access of the loop: what it writes for each element; -1: the product's own result stays
  int masked_by = -1;  ///< the product whose mask this one reads
};

namespace detail {

/// Finds loops that are an epilogue which a library of products has: see device::epilogue. A product fuses with one loop at
/// most, if that alone reads its result, both are of floats, and nothing needs the result as it was.
template <class Graph> class epilogue_finder {
 public:
  constexpr epilogue_finder(const Graph& g, const plan& p) : g_(g), p_(p), bound_(representative_binding(g)) {
    for (int k = 0; k < kernels(); ++k)
      if (suits(k)) find_forward(k);
    for (int k = 0; k < kernels(); ++k)
      if (suits(k) && !is_fused(k)) find_backward(k);
    for (int k = 0; k < kernels(); ++k)
      if (suits(k) && !is_fused(k)) find_sums(k);
  }
  constexpr sequence<fused_product> result() && { return std::move(found_); }

 private:
  constexpr int kernels() const { return static_cast<int>(p_.kernels.size()); }
  constexpr const kernel& at(int k) const { return p_.kernels[static_cast<std::size_t>(k)]; }
  constexpr const access& access_of(int k, int i) const { return p_.accesses[static_cast<std::size_t>(at(k).first_access + i)]; }
  constexpr const storage& storage_of(const access& a) const { return p_.storages[static_cast<std::size_t>(a.storage)]; }
  constexpr bool is_fused(int k) const {
    for (const auto& f : found_)
      if (f.product == k || f.loop == k) return true;
    return false;
  }

  /// Products of two matrices of floats that a library can take: neighbours in rows or in columns.
  constexpr bool suits(int k) const {
    const auto& f = at(k);
    if (f.kind != kernel_kind::contraction || k < p_.once || g_[f.node].type != dtype::f32 || g_.shape_of(f.node).rank != 2) return false;
    for (int i = 0; i < 3; ++i) {
      const auto l = layout_of(g_, access_of(k, i).node, bound_);
      if (l.rank != 2) return false;
      const bool by_rows = l.strides[1] == 1 && l.strides[0] >= l.extents[1], by_columns = l.strides[0] == 1 && l.strides[1] >= l.extents[0];
      if (!(by_rows || (by_columns && i < 2))) return false;
    }
    return true;
  }
  /// The only kernel that reads a product, a loop that reads each element as it stands; -1: there is none such.
  constexpr int only_reader(int product) const {
    const auto& made = access_of(product, 2);
    if (storage_of(made).kind != storage_kind::arena || storage_of(made).node != made.node) return -1;
    for (int o : p_.outputs)
      if (o == made.storage) return -1;
    for (const auto& c : p_.commits)
      if (c.value == made.storage) return -1;
    int reader = -1, touched = 0;
    for (int k = 0; k < kernels(); ++k)
      for (int i = 0; i < at(k).access_count; ++i)
        if (const auto& a = access_of(k, i); a.storage == made.storage) {
          ++touched;
          if (k != product && !a.write && !a.row && a.node == made.node) reader = k;
        }
    if (touched != 2 || reader < product || at(reader).kind != kernel_kind::loop || at(reader).epilogue) return -1;
    return g_.shapes[static_cast<std::size_t>(at(reader).domain)] == g_.shape_of(at(product).node) && !is_fused(reader) ? reader : -1;
  }
  constexpr int read_of(int k, int node) const {
    for (int i = 0; i < at(k).read_count; ++i)
      if (access_of(k, i).node == node) return i;
    return -1;
  }
  /// Whether the loop's other operands are there when the product begins.
  constexpr bool comes_early(int loop, int product) const {
    for (int i = 0; i < at(loop).read_count; ++i)
      if (const auto& a = access_of(loop, i); storage_of(a).kind == storage_kind::arena && storage_of(a).first_kernel >= product && a.node != at(product).node) return false;
    return true;
  }
  /// Whether the loop writes so into memory of its own.
  constexpr bool writes_own(int loop, int i, const shape& s) const {
    const auto& a = access_of(loop, i);
    return storage_of(a).kind == storage_kind::arena && storage_of(a).node == a.node && g_[a.node].type == dtype::f32 && g_.shape_of(a.node) == s;
  }

  constexpr void find_forward(int k) {
    const int l = only_reader(k);
    if (l < 0 || at(l).mode != loop_mode::map || at(l).read_count > 2 || at(l).access_count != at(l).read_count + 1 || !comes_early(l, k)) return;
    const auto& s = g_.shape_of(at(k).node);
    fused_product f{.product = k, .loop = l, .result = at(l).read_count};
    const int product = read_of(l, at(k).node);
    if (at(l).read_count == 2) {
      f.columns = 1 - product;
      const auto& bias = access_of(l, f.columns);
      const auto& b = g_.shape_of(bias.node);
      if (bias.row || g_[bias.node].type != dtype::f32 || b.rank != 1 || !(b[0] == s[1]) || layout_of(g_, bias.node, bound_).strides[0] != 1) return;
    }
    f.finish = forward_form(loop_steps(p_, at(l)), product, f.columns, access_of(l, f.result).slot);
    if (f.finish != epilogue::none && writes_own(l, f.result, s)) found_.push_back(f);
  }
  constexpr void find_backward(int k) {
    const int l = only_reader(k);
    if (l < 0 || at(l).read_count != 2 || !comes_early(l, k)) return;
    const auto& s = g_.shape_of(at(k).node);
    if (!s[1].is_static() || mask_row_bytes(s[1].constant) > s[1].constant * size_of(dtype::f32)) return;  // the mask has the place of the first product
    const int product = read_of(l, at(k).node), of_y = 1 - product, writes = at(l).access_count - 2;
    const bool sums = writes == 2 && at(l).mode == loop_mode::columns && at(l).reduced == 1 && at(l).outer_loops == 0 && at(l).reduced_loops == 1;
    if (!sums && !(writes == 1 && at(l).mode == loop_mode::map)) return;
    for (auto& forward : found_) {
      if (forward.product >= k || (forward.finish != epilogue::relu_bias && forward.finish != epilogue::relu_bias_mask)) continue;
      if (access_of(l, of_y).node != access_of(forward.loop, forward.result).node) continue;
      fused_product f{.product = k, .loop = l, .finish = sums ? epilogue::drelu_sums : epilogue::drelu, .masked_by = forward.product};
      for (int i = 2; i < at(l).access_count; ++i) (access_of(l, i).row ? f.columns : f.result) = i;
      if (f.result < 0 || (sums && f.columns < 0) || !writes_own(l, f.result, s) || (sums && !writes_own(l, f.columns, shape(s[1])))) return;
      if (!is_masked(loop_steps(p_, at(l)), product, of_y, access_of(l, f.result).slot, sums ? access_of(l, f.columns).slot : -1)) return;
      forward.finish = epilogue::relu_bias_mask;
      found_.push_back(f);
      return;
    }
  }
  /// Sums of the rows of what a product has on its right, where the product adds over these rows too.
  constexpr void find_sums(int k) {
    const auto& right = access_of(k, 1);
    if (g_.attributes_of(at(k).node).b == 1 || storage_of(right).kind != storage_kind::arena) return;
    for (int l = p_.once; l < kernels(); ++l) {
      const auto& f = at(l);
      if (f.kind != kernel_kind::loop || is_fused(l) || f.read_count != 1 || f.access_count != 2 || f.step_count != 1 || f.reduced != 1 || access_of(l, 0).node != right.node) continue;
      const auto& made = access_of(l, 1);
      if (!is_op<sum_op>(p_.steps[static_cast<std::size_t>(f.first_step)].op) || !writes_own(l, 1, shape(g_.shape_of(right.node)[1])) || is_used_between(made.storage, l, k)) continue;
      found_.push_back({.product = k, .loop = l, .finish = epilogue::sums_of_b, .columns = 1});
      return;
    }
  }
  constexpr bool is_used_between(int storage, int l, int k) const {
    for (int i = l + 1; i <= k; ++i)
      for (int j = 0; j < at(i).access_count; ++j)
        if (access_of(i, j).storage == storage) return true;
    return false;
  }

  const Graph& g_;
  const plan& p_;
  binding bound_;
  sequence<fused_product> found_;
};

}  // namespace detail

/// The products of a plan that take a loop over, in the order in which they were found.
template <class Graph> constexpr sequence<fused_product> find_epilogues(const Graph& g, const plan& p) { return detail::epilogue_finder<Graph>(g, p).result(); }

}  // namespace tapeless::device
