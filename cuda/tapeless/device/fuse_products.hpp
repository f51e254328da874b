#pragma once
#include <tapeless/device/epilogues.hpp>
#include <tapeless/device/plan.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

namespace detail {

/// Writes a plan anew, with loops taken over by products: `kernel::finish` says what a product then does, and behind its
/// operands and result it touches the bias, the sums of columns, and what it keeps for the way back. The memory of a product that
/// is not stored any more holds that, or is none. What a loop did with sums of columns is a loop of its own then, which follows
/// the product: so the update of a bias does not keep its gradient from being an epilogue.
template <class Graph> class epilogue_fuser {
 public:
  constexpr epilogue_fuser(const Graph& g, plan p) : g_(g), from_(std::move(p)), found_(find_epilogues(g, from_)) {}
  constexpr plan result() && {
    if (found_.empty()) return std::move(from_);
    out_.storages = from_.storages, out_.outputs = from_.outputs, out_.commits = from_.commits, out_.once = from_.once, out_.by_blocks = from_.by_blocks;
    place_sums();
    order_kernels();
    for (int k : order_) write(k);
    renew_lives();
    sort_storages();
    out_.numbers = numbers_of(g_, out_, representative_binding(g_));
    return std::move(out_);
  }

 private:
  constexpr const fused_product* with(int product) const {
    for (const auto& f : found_)
      if (f.product == product) return &f;
    return nullptr;
  }
  constexpr const fused_product* taking(int loop) const {
    for (const auto& f : found_)
      if (f.loop == loop) return &f;
    return nullptr;
  }
  constexpr const kernel& from(int k) const { return from_.kernels[static_cast<std::size_t>(k)]; }
  constexpr const access& access_of(int k, int i) const { return from_.accesses[static_cast<std::size_t>(from(k).first_access + i)]; }
  constexpr int product_storage(int k) const { return access_of(k, 2).storage; }

  /// Sums that were in a loop's registers only get memory.
  constexpr void place_sums() {
    for (auto& f : found_) {
      if (f.sum < 0) continue;
      sums_.push_back({.node = f.sum_node, .storage = f.columns >= 0 ? access_of(f.loop, f.columns).storage : static_cast<int>(out_.storages.size()), .write = true});
      if (f.columns < 0) out_.storages.push_back({.node = f.sum_node, .kind = storage_kind::arena, .first_kernel = f.loop, .last_kernel = f.loop});
      f.columns = static_cast<int>(sums_.size()) - 1;
    }
  }
  /// What is left of a loop stays in its place, or follows its product.
  constexpr void order_kernels() {
    const int count = static_cast<int>(from_.kernels.size());
    for (int k = 0; k < count; ++k) {
      const auto* const taken = taking(k);
      if (taken == nullptr || (taken->leaves && taken->product < k)) order_.push_back(k);
      if (const auto* f = with(k); f != nullptr && f->leaves && f->loop < k) order_.push_back(f->loop);
    }
    number_.resize(static_cast<std::size_t>(count) + 1, 0);
    for (int i = 0; i < static_cast<int>(order_.size()); ++i) number_[order_[i]] = i;
    number_[count] = static_cast<int>(order_.size());
  }
  constexpr void write(int k) {
    if (const auto* f = taking(k)) return write_rest(*f);
    kernel copy = from(k);
    const auto append = [](auto& to, const auto& all, int& first, int count) {
      const int begin = static_cast<int>(to.size());
      for (int i = 0; i < count; ++i) to.push_back(all[static_cast<std::size_t>(first + i)]);
      first = begin;
    };
    append(out_.accesses, from_.accesses, copy.first_access, copy.access_count);
    append(out_.steps, from_.steps, copy.first_step, copy.step_count);
    append(out_.constants, from_.constants, copy.first_constant, copy.constant_count);
    append(out_.loops, from_.loops, copy.first_loop, copy.loop_count);
    if (const auto* f = with(k)) {
      copy.finish = static_cast<std::uint8_t>(f->finish);
      if (f->result >= 0) out_.accesses.back() = plain(access_of(f->loop, f->result));
      if (has_bias(f->finish)) out_.accesses.push_back(plain(access_of(f->loop, f->columns)));
      if (has_sums(f->finish)) out_.accesses.push_back(sums_[f->columns]);
      if (has_kept(f->finish)) out_.accesses.push_back({.node = from(f->kept_by).node, .storage = product_storage(f->kept_by), .write = f->kept_by == k});
      copy.access_count = static_cast<int>(out_.accesses.size()) - copy.first_access;
    }
    out_.kernels.push_back(copy);
  }
  static constexpr access plain(const access& a) { return {.node = a.node, .storage = a.storage, .write = a.write}; }

  /// Those steps of a loop that are once for a column, but for the sum, which is read.
  constexpr void write_rest(const fused_product& f) {
    const kernel& old = from(f.loop);
    kernel k{.kind = kernel_kind::loop, .mode = loop_mode::map, .width = old.width, .domain = g_[f.sum_node].shape, .node = old.node, .first_access = static_cast<int>(out_.accesses.size()),
             .read_count = 1, .first_step = static_cast<int>(out_.steps.size()), .first_constant = static_cast<int>(out_.constants.size()),
             .first_loop = static_cast<int>(out_.loops.size()), .loop_count = 1};
    const int first_step = old.read_count + old.constant_count;
    sequence<int> slots(static_cast<std::size_t>(first_step + old.step_count), 0);
    access sums = sums_[f.columns];
    sums.write = false;
    out_.accesses.push_back(sums);
    for (int i = 0; i < old.read_count; ++i)
      if (access_of(f.loop, i).row) slots[i] = k.read_count++, out_.accesses.push_back(plain(access_of(f.loop, i)));
    const auto is_rest = [&](int slot) { return slot != f.sum && from_.steps[static_cast<std::size_t>(old.first_step + slot - first_step)].row; };
    for (int slot = first_step; slot < first_step + old.step_count; ++slot) {
      const loop_step& s = from_.steps[static_cast<std::size_t>(old.first_step + slot - first_step)];
      for (std::size_t i = 0; i < s.arity && is_rest(slot); ++i)
        if (const int c = s.operands[i]; c >= old.read_count && c < first_step && slots[c] == 0)
          slots[c] = k.read_count + k.constant_count++, out_.constants.push_back(from_.constants[static_cast<std::size_t>(old.first_constant + c - old.read_count)]);
    }
    for (int slot = first_step; slot < first_step + old.step_count; ++slot) {
      loop_step s = from_.steps[static_cast<std::size_t>(old.first_step + slot - first_step)];
      if (!is_rest(slot)) continue;
      s.row = false, s.computed = 1, s.kept = 0, s.home = 0;
      for (std::size_t i = 0; i < s.arity; ++i) s.operands[i] = static_cast<std::uint8_t>(slots[static_cast<int>(s.operands[i])]);
      slots[slot] = k.read_count + k.constant_count + k.step_count++;
      out_.steps.push_back(s);
    }
    for (int i = old.read_count; i < old.access_count; ++i) {
      access a = plain(access_of(f.loop, i));
      const int slot = access_of(f.loop, i).slot;
      if (!access_of(f.loop, i).row || slot == f.sum) continue;
      a.slot = slots[slot];
      out_.accesses.push_back(a);
    }
    k.access_count = static_cast<int>(out_.accesses.size()) - k.first_access;
    out_.loops.push_back({0, 1, false});
    out_.kernels.push_back(k);
  }

  /// From which kernel to which each tensor lives now. What a taken loop wrote over an operand gets memory of its own.
  constexpr void renew_lives() {
    constexpr int open = -2;
    const int old_end = static_cast<int>(from_.kernels.size()), end = static_cast<int>(out_.kernels.size());
    for (auto& s : out_.storages) {
      if (s.kind != storage_kind::arena) continue;
      const bool taken = s.first_kernel >= 0 && taking(s.first_kernel) != nullptr;
      if (taken) s.in_place_of = -1, s.first_kernel = open;
      else if (s.first_kernel >= 0) s.first_kernel = number_[s.first_kernel];
      s.last_kernel = s.last_kernel >= old_end ? end : open;
    }
    sequence<bool> touched(out_.storages.size(), false);
    for (int k = 0; k < end; ++k) {
      const auto& f = out_.kernels[static_cast<std::size_t>(k)];
      for (int i = 0; i < f.access_count; ++i) {
        const auto at = static_cast<std::size_t>(out_.accesses[static_cast<std::size_t>(f.first_access + i)].storage);
        auto& s = out_.storages[at];
        touched[at] = true;
        if (s.kind != storage_kind::arena) continue;
        if (s.first_kernel == open) s.first_kernel = k;
        if (s.last_kernel < end) s.last_kernel = std::max(s.last_kernel, k);
      }
    }
    for (std::size_t i = 0; i < out_.storages.size(); ++i)
      if (auto& s = out_.storages[i]; !touched[i] && s.kind == storage_kind::arena && s.last_kernel < end) s.kind = storage_kind::block, s.first_kernel = s.last_kernel = end;
    for (const auto& f : found_)
      for (auto& s : out_.storages)
        if (f.result >= 0 && s.in_place_of == product_storage(f.product)) s.in_place_of = -1;
  }
  /// Memory is planned in the order of the kernels that write first.
  constexpr void sort_storages() {
    sequence<int> order;
    for (int i = 0; i < static_cast<int>(out_.storages.size()); ++i) order.push_back(i);
    for (std::size_t i = 1; i < order.size(); ++i)
      for (std::size_t j = i; j > 0 && first_of(order[j]) < first_of(order[j - 1]); --j) std::swap(order[j], order[j - 1]);
    sequence<int> place(order.size(), 0);
    sequence<storage> sorted;
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<int>(i), sorted.push_back(out_.storages[static_cast<std::size_t>(order[i])]);
    out_.storages = sorted;
    for (auto& s : out_.storages)
      if (s.in_place_of >= 0) s.in_place_of = place[s.in_place_of];
    for (auto& a : out_.accesses) a.storage = place[a.storage];
    for (auto& o : out_.outputs) o = place[o];
    for (auto& c : out_.commits) c = {place[c.variable], place[c.value]};
  }
  /// Leaves stay in front, where their numbers are those of the graph's leaves.
  constexpr int first_of(int storage) const { return out_.storages[static_cast<std::size_t>(storage)].first_kernel; }

  const Graph& g_;
  plan from_, out_;
  sequence<fused_product> found_;
  sequence<access> sums_;
  sequence<int> order_, number_;
};

}  // namespace detail

/// A plan whose products take over the loops that a library of products can do for them.
template <class Graph> constexpr plan fuse_products(const Graph& g, plan p) { return detail::epilogue_fuser<Graph>(g, std::move(p)).result(); }

/// A program planned for a device whose library of products has epilogues.
template <class Program> struct planned_with_epilogues : Program {
  static constexpr auto& graph = Program::graph;
  static constexpr auto plan = freeze_plan<graph, [] { return fuse_products(graph, lower(graph, {.by_blocks = false})); }>();
  static constexpr int kernels = static_cast<int>(plan.kernels.size());
};

}  // namespace tapeless::device
