#pragma once
#include <tapeless/device/epilogues.hpp>
#include <tapeless/device/plan.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

namespace detail {

/// Writes a plan anew, with loops taken over by products: `kernel::finish` says what a product then does, and behind its
/// operands and result it touches the bias, the sums of columns, the mask. The memory of a product that is not stored any more
/// holds the mask, or is none.
template <class Graph> class epilogue_fuser {
 public:
  constexpr epilogue_fuser(const Graph& g, plan p) : g_(g), from_(std::move(p)), found_(find_epilogues(g, from_)) {}
  constexpr plan result() && {
    if (found_.empty()) return std::move(from_);
    number_kernels();
    for (int k = 0; k < static_cast<int>(from_.kernels.size()); ++k)
      if (!is_taken(k)) write(k);
    out_.storages = from_.storages, out_.outputs = from_.outputs, out_.commits = from_.commits, out_.once = from_.once, out_.by_blocks = from_.by_blocks;
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
  constexpr bool is_taken(int loop) const { return taking(loop) != nullptr; }
  constexpr const access& access_of(int k, int i) const { return from_.accesses[static_cast<std::size_t>(from_.kernels[static_cast<std::size_t>(k)].first_access + i)]; }
  constexpr int product_storage(int k) const { return access_of(k, 2).storage; }

  constexpr void number_kernels() {
    number_.resize(from_.kernels.size() + 1, 0);
    int next = 0;
    for (std::size_t k = 0; k < from_.kernels.size(); ++k)
      if (!is_taken(static_cast<int>(k))) number_[k] = next++;
    number_[from_.kernels.size()] = next;
    for (const auto& f : found_) number_[f.loop] = number_[f.product];
  }
  constexpr void write(int k) {
    kernel copy = from_.kernels[static_cast<std::size_t>(k)];
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
      if (f->columns >= 0) out_.accesses.push_back(plain(access_of(f->loop, f->columns)));
      if (has_mask(f->finish)) {
        const int owner = f->masked_by >= 0 ? f->masked_by : k;
        out_.accesses.push_back({.node = from_.kernels[static_cast<std::size_t>(owner)].node, .storage = product_storage(owner), .write = owner == k});
      }
      copy.access_count = static_cast<int>(out_.accesses.size()) - copy.first_access;
    }
    out_.kernels.push_back(copy);
  }
  static constexpr access plain(const access& a) { return {.node = a.node, .storage = a.storage, .write = a.write}; }

  /// From which kernel to which each tensor lives now. What a taken loop wrote over an operand gets memory of its own.
  constexpr void renew_lives() {
    const int old_end = static_cast<int>(from_.kernels.size()), end = static_cast<int>(out_.kernels.size());
    for (auto& s : out_.storages) {
      if (s.kind != storage_kind::arena) continue;
      if (s.first_kernel >= 0 && is_taken(s.first_kernel)) s.in_place_of = -1;
      if (s.first_kernel >= 0) s.first_kernel = number_[s.first_kernel];
      s.last_kernel = s.last_kernel >= old_end ? end : -2;
    }
    sequence<bool> touched(out_.storages.size(), false);
    for (int k = 0; k < end; ++k) {
      const auto& f = out_.kernels[static_cast<std::size_t>(k)];
      for (int i = 0; i < f.access_count; ++i) {
        const auto at = static_cast<std::size_t>(out_.accesses[static_cast<std::size_t>(f.first_access + i)].storage);
        auto& s = out_.storages[at];
        touched[at] = true;
        if (s.kind == storage_kind::arena && s.last_kernel < end) s.last_kernel = std::max(s.last_kernel, k);
      }
    }
    for (std::size_t i = 0; i < out_.storages.size(); ++i)
      if (auto& s = out_.storages[i]; !touched[i] && s.kind == storage_kind::arena && s.last_kernel < end) s.kind = storage_kind::block;
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
  sequence<int> number_;
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
