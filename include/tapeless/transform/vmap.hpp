#pragma once
#include <tapeless/graph/builder.hpp>
#include <tapeless/ops/reductions.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Computes for many samples at once what a part of a graph computes for one. Some nodes, mostly leaves, stand for one sample's
/// values; they are replaced by nodes that hold those of all samples along a new first axis, and what depends on them is built
/// again by the batching rules of its ops. What is the same for all samples stays one node.
///
/// Elementwise ops and reductions need no rule. Random numbers are drawn for each sample, unless the samples are directions in
/// which one and the same value is differentiated.
class batching {
 public:
  enum class draws : std::uint8_t { of_each, of_all };
  constexpr batching(builder& b, dim samples, draws random = draws::of_each) : b_(b), samples_(samples), random_(random) {}

  /// `all` has the shape of `one` with the axis of samples in front.
  constexpr void replace(ref one, ref all) {
    grow(one.id);
    made_[static_cast<std::size_t>(one.id)] = all.id;
    mapped_[static_cast<std::size_t>(one.id)] = true;
  }
  /// y for all samples, along a new first axis, also where it is the same for all.
  constexpr ref operator()(ref y) {
    if (!b_.mistake.empty()) return broadcast_to(y, detail::with_samples(samples_, y.shape()));
    grow(y.id);
    sequence<bool> needed(static_cast<std::size_t>(y.id) + 1);
    needed.back() = true;
    for (int id = y.id; id >= 0; --id)
      if (needed[static_cast<std::size_t>(id)] && made_[static_cast<std::size_t>(id)] < 0)
        for (int o : b_.graph.operands_of(id)) needed[static_cast<std::size_t>(o)] = true;
    for (int id = 0; id <= y.id; ++id)
      if (needed[static_cast<std::size_t>(id)] && made_[static_cast<std::size_t>(id)] < 0) visit(id);
    // A derivative in which some variable no longer occurs is 0 by that variable, for all samples too.
    for (std::size_t i = 0, n = b_.derived.size(); i < n; ++i)
      if (const int id = b_.derived[i]; id <= y.id && mapped_[static_cast<std::size_t>(id)]) b_.derived.push_back(made_[static_cast<std::size_t>(id)]);
    return detail::lifted(at(y.id), samples_);
  }

 private:
  constexpr void grow(int id) {
    if (made_.size() <= static_cast<std::size_t>(id)) made_.resize(static_cast<std::size_t>(id) + 1, -1), mapped_.resize(static_cast<std::size_t>(id) + 1, false);
  }
  constexpr batched at(int id) const { return {b_.at(made_[static_cast<std::size_t>(id)]), mapped_[static_cast<std::size_t>(id)]}; }

  constexpr void visit(int id) {
    sequence<batched> x;
    bool any = false;
    for (int o : b_.graph.operands_of(id)) {
      x.push_back(at(o));
      any = any || x.back().mapped || (random_ == draws::of_each && b_.graph.is(o, op_kind::leaf) && b_.graph.leaf_of(o).kind == leaf_kind::random);
    }
    mapped_[static_cast<std::size_t>(id)] = any;
    made_[static_cast<std::size_t>(id)] = any ? apply_rule(b_.at(id), {x.data(), x.size()}).id : id;
  }

  constexpr ref apply_rule(ref y, std::span<const batched> x) {
    const auto* const op = b_.graph[y.id].op;
    const auto expected = y.shape();
    if (expected.rank == max_rank) return refuse(y, "the result would have more than eight axes");
    ref all;
    if (op->batch != nullptr) all = op->batch(y, samples_, x);
    else if (op->kind == op_kind::elementwise) all = elementwise_rule(y, x);
    else if (op->kind == op_kind::reduction) all = reduction_rule(y, x);
    else return refuse(y, "the op has no batching rule: give it a static member batch(ref y, dim samples, span of batched)");
    const auto found = all.shape(), wanted = detail::with_samples(samples_, expected);
    bool fits = found.rank == wanted.rank;
    for (int i = 0; fits && i < found.rank; ++i) fits = compatible(found[i], wanted[i]);
    return fits ? all : refuse(y, "the batching rule of the op gives another shape than that of its result behind the samples");
  }

  /// Operands broadcast from behind, so those of lower rank get axes of extent 1 behind the samples.
  constexpr ref elementwise_rule(ref y, std::span<const batched> x) {
    sequence<ref> raised;
    for (const auto& o : x) raised.push_back(o.mapped ? detail::raised(o.value, y.shape().rank) : o.value);
    return detail::apply_like(y, y.attributes(), {raised.data(), raised.size()});
  }
  static constexpr ref reduction_rule(ref y, std::span<const batched> x) {
    auto a = y.attributes();
    a.a <<= 1;
    return detail::apply_like(y, a, x[0].value);
  }
  constexpr ref refuse(ref y, const char* why) {
    text m;
    m << "vmap: " << why << ": ";
    b_.describe(m, y.id, 1);
    detail::print_operand(m, {y.type(), y.shape()});
    b_.report(m);
    return broadcast_to(y, y.shape().rank == max_rank ? y.shape() : detail::with_samples(samples_, y.shape()));
  }

  builder& b_;
  dim samples_;
  draws random_;
  sequence<int> made_;
  sequence<bool> mapped_;
};

}  // namespace tapeless
