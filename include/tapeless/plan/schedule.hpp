#pragma once
#include <tapeless/plan/fused_kernel.hpp>
#include <tapeless/plan/layout.hpp>


namespace tapeless::inline TAPELESS_ABI::detail {

/// The order of kernels, and which of them run inside another.
template <class Graph> class scheduler {
 public:
  /// Elements of a product below which all of it is in the first cache when the loop begins.
  static constexpr std::int64_t least_blocked = 4096;

  constexpr scheduler(const Graph& g, fusion& f) : g_(g), bound_(representative_binding(g)), out_(f) {}
  constexpr void run(bool by_blocks) {
    order_by_stage();
    if (by_blocks) attach_epilogues();
  }

 private:
  constexpr placement& at(int id) { return out_.placements[static_cast<std::size_t>(id)]; }
  constexpr fused_kernel& kernel(int k) { return out_.kernels[static_cast<std::size_t>(k)]; }

  constexpr void order_by_stage() {
    sequence<sequence<int>> stages;
    for (std::size_t k = 0; k < out_.kernels.size(); ++k) {
      if (out_.kernels[k].nodes.empty()) continue;
      const auto stage = static_cast<std::size_t>(out_.kernels[k].stage);
      if (stages.size() <= stage) stages.resize(stage + 1);
      stages[stage].push_back(static_cast<int>(k));
    }
    sequence<int> order;
    for (const auto& stage : stages)
      for (int k : stage) order.push_back(k);
    reorder(order);
  }

  /// Puts the kernels into this order and forgets those that are not in it.
  constexpr void reorder(const sequence<int>& order) {
    sequence<int> renamed(out_.kernels.size(), -1);
    sequence<fused_kernel> kernels;
    for (std::size_t i = 0; i < order.size(); ++i) {
      renamed[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
      kernels.push_back(std::move(out_.kernels[static_cast<std::size_t>(order[i])]));
    }
    out_.kernels = std::move(kernels);
    for (auto& p : out_.placements)
      if (p.kernel >= 0) p.kernel = renamed[static_cast<std::size_t>(p.kernel)];
  }

  /// A loop over the result of a matrix product, such as bias and activation or the optimizer's update, runs by blocks
  /// while the product has them in the cache. The product then stands right before it: nothing else reads it earlier.
  constexpr void attach_epilogues() {
    sequence<int> first_reader(out_.kernels.size(), -1), order;
    sequence<char> delayed(out_.kernels.size(), false);
    for (int k = 0; k < static_cast<int>(out_.kernels.size()); ++k)
      for (int id : kernel(k).nodes)
        for (int o : g_.operands_of(id))
          if (const int from = at(root_of(g_, o)).kernel; from >= 0 && from != k && first_reader[static_cast<std::size_t>(from)] < 0)
            first_reader[static_cast<std::size_t>(from)] = k;
    sequence<int> product_of(out_.kernels.size(), -1);
    for (int k = 0; k < static_cast<int>(out_.kernels.size()); ++k) {
      if (kernel(k).kind != kernel_kind::loop) continue;
      const int c = product_for(k, first_reader);
      if (c < 0) continue;
      kernel(k).epilogue = true;
      product_of[static_cast<std::size_t>(k)] = c;
      delayed[static_cast<std::size_t>(c)] = true;
    }
    for (int k = 0; k < static_cast<int>(out_.kernels.size()); ++k) {
      if (delayed[static_cast<std::size_t>(k)]) continue;
      if (const int c = product_of[static_cast<std::size_t>(k)]; c >= 0) order.push_back(c);
      order.push_back(k);
    }
    reorder(order);
  }
  /// The product whose blocks kernel k may follow; -1: none, or too small for its blocks to be worth it.
  constexpr int product_for(int k, const sequence<int>& first_reader) {
    const auto& f = kernel(k);
    const auto& domain = g_.shapes[static_cast<std::size_t>(f.domain)];
    if (f.row_shape >= 0 || domain.rank != 2 || bound_(domain[1]) < 32 || bound_.count(domain) < least_blocked) return -1;
    int found = -1;
    for (int id : f.nodes)
      for (int o : g_.operands_of(id)) {
        const int root = root_of(g_, o);
        if (!g_.is(root, op_kind::contraction) || first_reader[static_cast<std::size_t>(at(root).kernel)] != k) continue;
        if (found < 0 && o == root && g_[o].shape == f.domain) found = root;
      }
    if (found < 0 || (kernel(at(found).kernel).stage < out_.first_stage) != (f.stage < out_.first_stage)) return -1;
    for (int id : f.nodes)
      for (int o : g_.operands_of(id))
        if (o != found && root_of(g_, o) == found) return -1;  // it is read in another order as well
    return at(found).kernel;
  }

  const Graph& g_;
  binding bound_;
  fusion& out_;
};

}  // namespace tapeless::detail
