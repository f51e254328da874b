#pragma once
#include <tapeless/cuda/product_request.hpp>
#include <tapeless/device/epilogue_steps.hpp>
#include <tapeless/device/plan_uses.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// A product of a plan and the loop that becomes its epilogue.
struct fused_product {
  int product = 0, loop = 0;
  epilogue finish = epilogue::none;
  int columns = -1;    ///< access of the loop: the bias that it reads, or the sums of columns that it writes
  int result = -1;     ///< access of the loop: what it writes for each element; -1: the product's own result stays
  int kept_by = -1;    ///< the product whose mask or input this one reads, or itself
  int sum = -1;        ///< slot of the loop: the sums of columns
  int sum_node = -1;   ///< of the graph
  bool leaves = false; ///< what the loop does with these sums is left, as a loop over the columns
};

namespace detail {

/// Finds loops that are an epilogue which a library of products has: see device::epilogue. A product fuses with one loop at
/// most, if that alone reads its result, both are of floats, and nothing needs the result as it was. Products of numbers of two bytes
/// may write such.
template <class Graph> class epilogue_finder : plan_uses<Graph> {
  using uses = plan_uses<Graph>;
  using uses::g_, uses::p_, uses::bound_, uses::kernels, uses::at, uses::access_of, uses::storage_of, uses::steps_of, uses::suits, uses::has_readers, uses::reader_of, uses::only_reader, uses::read_of;
  using uses::uses_of, uses::comes_early, uses::writes_own;

 public:
  constexpr epilogue_finder(const Graph& g, const plan& p) : plan_uses<Graph>(g, p) {
    for (int k = 0; k < kernels(); ++k)
      if (suits(k)) products_.push_back(k);
    const auto each = [&](auto find) {
      for (int k : products_)
        if (!is_fused(k)) find(k);
    };
    each([&](int k) { find_forward(k); });
    each([&](int k) { find_backward(k); });
    each([&](int k) { find_sums(k); });
  }
  constexpr sequence<fused_product> result() && { return std::move(found_); }

 private:
  constexpr bool is_fused(int k) const {
    for (const auto& f : found_)
      if (f.product == k || f.loop == k) return true;
    return false;
  }

  /// Whether a loop may become a product's epilogue.
  constexpr bool may_follow(int product, int l) const {
    return l >= 0 && at(l).kind == kernel_kind::loop && !at(l).epilogue && !is_fused(l) && g_.shapes[static_cast<std::size_t>(at(l).domain)] == g_.shape_of(at(product).node);
  }
  /// The loop that may become a product's epilogue, and alone reads its result; -1: there is none.
  constexpr int loop_of_product(int product) const {
    const int l = only_reader(product, 2);
    return may_follow(product, l) ? l : -1;
  }
  /// Whether a loop writes what its product may write in its place: floats, or the dtype of its operands where no bias or sums go
  /// with that: those a library would round as well.
  constexpr bool writes_result(const fused_product& f, const shape& s) const {
    const auto& a = access_of(f.loop, f.result);
    if (!is_narrow(g_[a.node].type)) return writes_own(f.loop, f.result, s);
    return g_[a.node].type == g_[access_of(f.product, 0).node].type && at(f.loop).mode == loop_mode::map && storage_of(a).kind == storage_kind::arena && storage_of(a).node == a.node && g_.shape_of(a.node) == s;
  }

  constexpr void find_forward(int k) {
    // Without a bias, gelu's gradient reads the product as well.
    const auto& u = uses_of(access_of(k, 2));
    const bool two = has_readers(k, 2, 2);
    const int l = two ? reader_of(u.before, at(k).node) : only_reader(k, 2), other = two ? reader_of(u.last, at(k).node) : -1;
    if (!may_follow(k, l) || (two && other < 0) || at(l).mode != loop_mode::map || at(l).read_count > 2 || !comes_early(l, k)) return;
    const auto& s = g_.shape_of(at(k).node);
    fused_product f{.product = k, .loop = l, .kept_by = k};
    const int product = read_of(l, at(k).node);
    if (at(l).read_count == 2) {
      f.columns = 1 - product;
      const auto& bias = access_of(l, f.columns);
      const auto& b = g_.shape_of(bias.node);
      if (bias.row || g_[bias.node].type != dtype::f32 || b.rank != 1 || !(b[0] == s[1]) || layout_of(g_, bias.node, bound_).strides[0] != 1) return;
    }
    if (const int narrow = narrow_result(l); narrow >= 0) {
      f.result = narrow;
      if (!two && f.columns < 0 && writes_result(f, s)) find_narrow(f);
      return;
    }
    if (two || at(l).access_count > at(l).read_count + 1) return find_gelu_and_gradient(f, other);
    f.result = at(l).read_count;
    f.finish = forward_form(steps_of(l), product, f.columns, access_of(l, f.result).slot);
    if (f.finish != epilogue::none && writes_own(l, f.result, s)) found_.push_back(f);
  }
  constexpr int narrow_result(int l) const {
    for (int i = at(l).read_count; i < at(l).access_count; ++i)
      if (is_narrow(g_[access_of(l, i).node].type)) return i;
    return -1;
  }
  /// A loop that narrows a product or relu of it; and beside that, writes relu as it was for the gradient, which asks whether it is
  /// above 0.
  constexpr void find_narrow(fused_product f) {
    const auto& loop = at(f.loop);
    const loop_steps steps = steps_of(f.loop);
    const int product = read_of(f.loop, at(f.product).node), narrowed = access_of(f.loop, f.result).slot, x = before_narrowing(steps, narrowed);
    const int writes = loop.access_count - loop.read_count;
    if (x == product && narrowed != product && steps.count() == 1 && writes == 1) return found_.push_back(f);
    if (x == narrowed || steps.count() != 2 || !steps.is<relu_op>(x) || steps.operand(x, 0) != product || writes > 2) return;
    f.finish = epilogue::relu;
    if (writes == 1) return found_.push_back(f);
    const int full = 2 * loop.read_count + 1 - f.result, reader = only_reader(f.loop, full);
    if (access_of(f.loop, full).slot != x || reader < 0) return;
    for (int k = f.product + 1; k < reader; ++k)
      if (suits(k) && loop_of_product(k) == reader) {
        fused_product back{.product = k, .loop = reader, .finish = epilogue::drelu, .kept_by = f.product};
        if (!complete_backward(back) || !is_masked(steps_of(reader), read_of(reader, at(k).node), read_of(reader, access_of(f.loop, full).node), access_of(reader, back.result).slot)) return;
        f.finish = epilogue::relu_mask;
        found_.push_back(f);
        found_.push_back(back);
        return;
      }
  }
  /// A loop that beside gelu writes what only its gradient reads, and this.
  ///   reader   the loop that reads the product as well, if there is one
  constexpr void find_gelu_and_gradient(fused_product f, int reader) {
    const auto& s = g_.shape_of(at(f.product).node);
    const loop_steps steps = steps_of(f.loop);
    if (!steps.any_is<tanh_op>()) return;
    const fused_product* like = nullptr;  // layers of a net are alike: the values of one tell those of the others
    for (const auto& other : found_)
      if (writes_input(other.finish) && at(f.loop).read_count == at(other.loop).read_count && f.columns == other.columns && steps == steps_of(other.loop)) like = &other;
    const int slot = like != nullptr ? access_of(like->loop, like->result).slot : gelu_slot(steps, read_of(f.loop, at(f.product).node), f.columns);
    for (int i = at(f.loop).read_count; i < at(f.loop).access_count; ++i) {
      if (access_of(f.loop, i).slot == slot) {
        f.result = i;
        continue;
      }
      const int by = only_reader(f.loop, i);
      if (by < 0 || (reader >= 0 && by != reader)) return;
      reader = by;
    }
    if (f.result < 0 || reader < 0 || !writes_own(f.loop, f.result, s)) return;
    for (int k : products_)
      if (k > f.product && loop_of_product(k) == reader) {
        fused_product back{.product = k, .loop = reader, .finish = epilogue::dgelu, .kept_by = f.product};
        if (!complete_backward(back) || (!(like != nullptr && is_alike(f, back, like[0], like[1])) && !is_gradient_of_gelu(f, back))) return;
        f.finish = f.columns >= 0 ? epilogue::gelu_bias_input : epilogue::gelu_input;
        found_.push_back(f);
        found_.push_back(back);
        return;
      }
  }
  /// Whose values read i of the loop behind gelu's gradient is: those of an access of the loop that is gelu, or of neither.
  constexpr int source_of(const fused_product& f, const fused_product& back, int i) const {
    constexpr int product = -1, none = -2;
    const auto& read = access_of(back.loop, i);
    if (read.row) return none;
    for (int j = 0; j < at(f.loop).access_count; ++j)
      if (access_of(f.loop, j).node == read.node) return j;
    return read.node == at(back.product).node ? product : none;
  }
  /// Whether two loops do to gelu's input what two others do, of which that is known.
  constexpr bool is_alike(const fused_product& f, const fused_product& back, const fused_product& other, const fused_product& other_back) const {
    const auto &a = at(back.loop), &b = at(other_back.loop);
    bool alike = a.read_count == b.read_count && back.result == other_back.result && steps_of(back.loop) == steps_of(other_back.loop);
    for (int i = 0; i < a.read_count && alike; ++i) alike = source_of(f, back, i) == source_of(other, other_back, i);
    for (int i = at(f.loop).read_count; i < at(f.loop).access_count && alike; ++i) alike = access_of(f.loop, i).slot == access_of(other.loop, i).slot;
    return alike && access_of(back.loop, back.result).slot == access_of(other_back.loop, other_back.result).slot;
  }
  /// Whether a loop gives for each element the product times gelu's slope.
  constexpr bool is_gradient_of_gelu(const fused_product& f, const fused_product& back) const {
    const loop_steps forward = steps_of(f.loop);
    const int product = read_of(f.loop, at(f.product).node);
    sequence<double> known(static_cast<std::size_t>(forward.slots()), 0);
    const auto set = [&](int sample, auto& values) {
      set_input(sample, product, f.columns, known);
      forward.evaluate(known);
      for (int i = 0; i < at(back.loop).read_count; ++i) {
        const int j = source_of(f, back, i);
        values[i] = j >= 0 ? known[j < at(f.loop).read_count ? j : access_of(f.loop, j).slot] : j == -1 ? sample_gradient(sample) : loop_steps::unknown;
      }
    };
    return slot_of_values(steps_of(back.loop), set, [](int i) { return sample_gradient(i) * gelu_slope_of(sample_input(i)); }) == access_of(back.loop, back.result).slot;
  }

  constexpr void find_backward(int k) {
    const int l = loop_of_product(k);
    if (l < 0) return;
    for (auto& forward : found_) {
      if (forward.product >= k || !is_relu(forward.finish)) continue;
      const int of_y = read_of(l, access_of(forward.loop, forward.result).node);
      if (of_y < 0 || access_of(l, of_y).row) continue;
      fused_product f{.product = k, .loop = l, .finish = epilogue::drelu, .kept_by = forward.product};
      if (!complete_backward(f) || !is_masked(steps_of(l), read_of(l, at(k).node), of_y, access_of(l, f.result).slot)) return;
      forward.finish = that_keeps(forward.finish);
      found_.push_back(f);
      return;
    }
  }
  /// Looks what a loop behind a product writes: a number for each element, and perhaps sums of these over the rows.
  constexpr bool complete_backward(fused_product& f) const {
    const auto& loop = at(f.loop);
    const auto& s = g_.shape_of(at(f.product).node);
    if (!comes_early(f.loop, f.product)) return false;
    for (int i = loop.read_count; i < loop.access_count; ++i)
      if (!access_of(f.loop, i).row) {
        if (f.result >= 0) return false;
        f.result = i;
      }
    if (f.result < 0 || !writes_result(f, s)) return false;
    if (loop.mode == loop_mode::map) return true;
    f.finish = f.finish == epilogue::drelu ? epilogue::drelu_sums : epilogue::dgelu_sums;
    return complete_sums(f, access_of(f.loop, f.result).slot, access_of(f.loop, f.result).node);
  }
  /// Whether a loop adds up a slot of its elements over the rows, and all else that it does for the columns can be left to another.
  constexpr bool complete_sums(fused_product& f, int of, int node) const {
    const auto& loop = at(f.loop);
    const loop_steps steps = steps_of(f.loop);
    f.sum = steps.only_reduction();
    if (loop.mode != loop_mode::columns || loop.reduced != 1 || loop.outer_loops != 0 || loop.reduced_loops != 1 || loop.passes != 1 || loop.across_count != 0) return false;
    if (f.sum < 0 || !steps.is<sum_op>(f.sum) || steps.operand(f.sum, 0) != of) return false;
    const shape columns(g_.shape_of(node)[1]);
    for (int id = node + 1; id < g_.size() && f.sum_node < 0; ++id)
      if (is_op<sum_op>(g_[id].op) && g_.operand_of(id, 0) == node && g_.attributes_of(id).a == loop.reduced && g_.shape_of(id) == columns) f.sum_node = id;
    if (f.sum_node < 0) return false;
    f.leaves = steps.count_of_elements() + 1 < steps.count();
    for (int i = 0; i < loop.access_count; ++i) {
      const auto& a = access_of(f.loop, i);
      if (!a.row) continue;
      if (i < loop.read_count ? g_.shape_of(a.node).rank > 1 : !(g_.shape_of(a.node) == columns)) return false;
      if (i >= loop.read_count && a.slot == f.sum) f.columns = i;
    }
    return f.columns < 0 || writes_own(f.loop, f.columns, columns);
  }

  /// Sums of the rows of an operand of a product that adds over these rows too: the right one, or the left one transposed.
  constexpr void find_sums(int k) {
    const auto& flags = g_.attributes_of(at(k).node);
    for (int side = 1; side >= 0; --side) {
      const auto& operand = access_of(k, side);
      if ((side == 1 ? flags.b == 1 : flags.a != 1) || storage_of(operand).kind != storage_kind::arena) continue;
      for (int l = p_.once; l < kernels(); ++l) {
        const int read = at(l).kind == kernel_kind::loop ? read_of(l, operand.node) : -1;
        fused_product f{.product = k, .loop = l, .finish = side == 1 ? epilogue::sums_of_b : epilogue::sums_of_a};
        if (read < 0 || access_of(l, read).row || is_fused(l) || steps_of(l).count_of_elements() != 0 || !complete_sums(f, read, operand.node) || (l < k && is_used_between(l, k))) continue;
        found_.push_back(f);
        return;
      }
    }
  }
  /// Whether behind loop l, up to kernel k, anybody touches what it writes, or writes over what it reads.
  constexpr bool is_used_between(int l, int k) const {
    for (int i = l + 1; i <= k; ++i)
      for (int j = 0; j < at(i).access_count; ++j)
        for (int mine = 0; mine < at(l).access_count; ++mine) {
          const auto &a = access_of(i, j), &b = access_of(l, mine);
          if ((a.write || b.write) && (a.storage == b.storage || (a.write && storage_of(a).in_place_of == b.storage))) return true;
        }
    return false;
  }

  sequence<int> products_;
  sequence<fused_product> found_;
};

}  // namespace detail

/// The products of a plan that take a loop over, in the order in which they were found.
template <class Graph> constexpr sequence<fused_product> find_epilogues(const Graph& g, const plan& p) { return detail::epilogue_finder<Graph>(g, p).result(); }

}  // namespace tapeless::device
