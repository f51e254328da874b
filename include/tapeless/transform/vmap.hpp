#pragma once
#include <tapeless/expr/rules.hpp>
#include <tapeless/graph/barrier.hpp>
#include <tapeless/graph/builder.hpp>
#include <tapeless/ops/any_all.hpp>
#include <tapeless/ops/loop_trace.hpp>
#include <tapeless/ops/random.hpp>
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
    made_[one.id] = all.id;
    mapped_[one.id] = true;
  }
  /// y for all samples, along a new first axis, also where it is the same for all.
  constexpr ref operator()(ref y) {
    if (!b_.mistake.empty()) return broadcast_to(y, detail::with_samples(samples_, y.shape()));
    grow(y.id);
    sequence<bool> needed(static_cast<std::size_t>(y.id) + 1);
    needed.back() = true;
    for (int id = y.id; id >= 0; --id)
      if (needed[id] && made_[id] < 0)
        for (int o : b_.graph.operands_of(id)) needed[o] = true;
    map_arguments(needed);
    for (int id = 0; id <= y.id; ++id)
      if (needed[id] && made_[id] < 0) visit(id);
    // A derivative in which some variable no longer occurs is 0 by that variable, for all samples too.
    for (std::size_t i = 0, n = b_.derived.size(); i < n; ++i)
      if (const int id = b_.derived[i]; id <= y.id && mapped_[id]) b_.derived.push_back(made_[id]);
    return detail::lifted(at(y.id), samples_);
  }

 private:
  constexpr void grow(int id) {
    if (made_.size() <= static_cast<std::size_t>(id)) made_.resize(static_cast<std::size_t>(id) + 1, -1), mapped_.resize(static_cast<std::size_t>(id) + 1, false);
  }
  constexpr batched at(int id) const { return {b_.at(made_[id]), mapped_[id]}; }

  constexpr void visit(int id) {
    sequence<batched> x;
    bool any = is_random(id);
    for (int o : b_.graph.operands_of(id)) {
      x.push_back(at(o));
      any = any || x.back().mapped;
    }
    if (value_operands(b_.graph[id].op, 2) == 1 && b_.graph[id].op->batch == nullptr) return pass_first(id, {x.data(), x.size()});
    mapped_[id] = any;
    if (b_.graph.is(id, op_kind::control)) made_[id] = b_.mistake.empty() ? visit_control(id, {x.data(), x.size()}).id : id;
    else made_[id] = any ? apply_rule(b_.at(id), {x.data(), x.size()}).id : id;
  }

  /// What gives its first operand as it is tells the same of other operands.
  constexpr void pass_first(int id, std::span<const batched> x) {
    sequence<ref> all;
    for (const auto& o : x) all.push_back(o.value);
    mapped_[id] = x[0].mapped;
    made_[id] = b_.add(b_.graph[id].op, b_.graph.attributes_of(id), {all.data(), all.size()}).id;
  }
  constexpr bool is_replaced(int id) const { return made_[id] >= 0 && made_[id] != id; }
  constexpr bool is_random(int id) const { return random_ == draws::of_each && tapeless::is_random(b_.graph[id].op); }

  /// Finds which values that loops carry or walk along differ from sample to sample, and gives them arguments of their own.
  /// Where the condition of a loop differs, all that it carries does.
  constexpr void map_arguments(const sequence<bool>& needed) {
    const int n = static_cast<int>(needed.size());
    bool loops = false;
    for (int id = 0; id < n; ++id) loops = loops || (needed[id] && b_.graph[id].op == id_of<loop_op>());
    sequence<char> differs;
    for (bool again = loops; again;) {
      again = false;
      differs.clear(), differs.resize(static_cast<std::size_t>(n), 0);
      const auto is_different = [&](int id) { return differs[id] != 0; };
      for (int id = 0; id < n; ++id) {
        bool mine = mapped_[id] || is_random(id);
        for (int o : b_.graph.operands_of(id)) mine = mine || is_different(o);
        differs[id] = mine;
      }
      for (int id = 0; id < n; ++id) {
        if (!needed[id] || b_.graph[id].op != id_of<loop_op>()) continue;
        const auto f = form_of(b_.at(id));
        const bool masked = f.conditional && is_different(b_.graph.operand_of(id, f.condition()));
        for (int i = 0; i < f.arguments(); ++i) {
          const int argument = b_.graph.operand_of(id, f.carried_argument(0) + i);
          if (is_replaced(argument)) continue;
          const bool carries = i < f.carried;
          const bool changes = carries ? masked || is_different(b_.graph.operand_of(id, f.first(i))) || is_different(b_.graph.operand_of(id, f.next(i)))
                                       : is_different(b_.graph.operand_of(id, f.sequence(i - f.carried)));
          if (!changes) continue;
          replace(b_.at(argument), add_bound(b_, b_.graph[argument].type, detail::with_samples(samples_, b_.graph.shape_of(argument))));
          again = true;
        }
      }
    }
  }

  constexpr ref visit_control(int id, std::span<const batched> x) {
    const auto* const op = b_.graph[id].op;
    const ref y = b_.at(id);
    auto mapped = [&, id](bool is) { mapped_[id] = is; };
    if (op == id_of<loop_op>()) return visit_loop(y, x);
    if (op == id_of<choice_op>()) {
      if (!mapped_[id]) return y;
      if (x[0].mapped) return where(detail::raised(x[0].value, y.shape().rank), detail::lifted(x[1], samples_), detail::lifted(x[2], samples_));
      const ref both[]{x[0].value, detail::lifted(x[1], samples_), detail::lifted(x[2], samples_)};
      return b_.add(op, {}, both);
    }
    const ref loop = x[0].value;
    mapped(false);
    if (loop.id == b_.graph.operand_of(id, 0)) return y;
    if (op == id_of<final_op>()) {
      const auto i = static_cast<int>(y.attributes().a);
      mapped(is_replaced(operand_of(b_.at(b_.graph.operand_of(id, 0)), form_of(loop).carried_argument(i)).id));
      return final_of(loop, i);
    }
    if (op == id_of<stacked_op>()) {
      const ref all = stacked_of(loop, x[1].value);
      mapped(x[1].mapped);
      return x[1].mapped ? detail::move_axis(all, 1, 0) : all;
    }
    const auto f = form_of(loop);
    if (f.conditional && x[0].mapped) return refuse(y, "the number of steps differs from sample to sample");
    return b_.add(op, y.attributes(), {&loop, 1});
  }

  /// The same loop over all samples. Steps of samples whose condition no longer holds change nothing; the loop goes on as long
  /// as one holds.
  constexpr ref visit_loop(ref loop, std::span<const batched> x) {
    const auto f = form_of(loop);
    sequence<ref> all;
    bool differs = false;
    const auto argument = [&](int i) { return operand_of(loop, f.carried_argument(0) + i); };
    const bool masked = f.conditional && x[static_cast<std::size_t>(f.condition())].mapped;
    for (const auto& o : x) all.push_back(o.value);
    const auto at = [&](int i) -> ref& { return all[i]; };
    for (int i = 0; i < f.arguments(); ++i) {
      if (!is_replaced(argument(i).id)) continue;
      differs = true;
      if (i >= f.carried) {
        at(f.sequence(i - f.carried)) = detail::move_axis(at(f.sequence(i - f.carried)), 0, 1);
        continue;
      }
      at(f.first(i)) = detail::lifted(x[static_cast<std::size_t>(f.first(i))], samples_);
      at(f.next(i)) = detail::lifted(x[static_cast<std::size_t>(f.next(i))], samples_);
      if (masked) at(f.next(i)) = where(detail::raised(at(f.condition()), argument(i).shape().rank), at(f.next(i)), at(f.carried_argument(i)));
    }
    mapped_[loop.id] = masked;
    if (f.counted && x[static_cast<std::size_t>(f.count())].mapped) return refuse(loop, "the number of steps differs from sample to sample");
    if (!differs) return loop;
    if (masked) at(f.condition()) = any(at(f.condition()));
    return b_.add(id_of<loop_op>(), loop.attributes(), {all.data(), all.size()});
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

namespace detail {

/// A call of a function with rules of its own, for all samples: its rule is that of the function, mapped.
///   attributes  a: which operands are mapped, in the last sixteen bits, behind those of the function; .bits: see rule_op
template <class Op, int Depth> struct batched_rule_op : marker {
  static constexpr auto name = Op::name;

  static constexpr void gradient(ref dy, ref y, std::span<const ref> x, std::span<ref> dx) {
    builder& b = *y.owner;
    const dim samples = y.shape()[0];
    const auto told = y.attributes();
    const auto mask = told.a & 0xffff;
    batching all(b, samples);
    const auto of_one = [&](ref of_all) {
      text label;
      label << "one of node " << std::int64_t{of_all.id} << " at " << std::int64_t{b.graph.size()};
      const ref one = b.add_leaf({leaf_kind::cotangent, label.view(), of_all.type(), element_shape(of_all.shape()), {}, false});
      all.replace(one, of_all);
      return one;
    };
    sequence<ref> one, slopes(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) one.push_back((mask >> i & 1) != 0 ? of_one(x[i]) : x[i]);
    const ref own = Depth == 0 ? one[0] : add_node(b, id_of<Op>(), {.a = told.a >> 16, .bits = told.bits}, {one.data(), one.size()});
    Op::gradient(of_one(dy), own, {one.data(), one.size()}, {slopes.data(), slopes.size()});
    for (std::size_t i = 0; i < x.size() && b.mistake.empty(); ++i)
      if (slopes[i].exists()) dx[i] = all(sum_to(slopes[i], one[i].shape()));  // what samples share has one gradient of each
  }
  static constexpr ref batch(ref y, dim, std::span<const batched> x) {
    if constexpr (Depth < 3) {
      return mark<batched_rule_op>(y, x);
    } else {
      text m;
      y.owner->report(m << "vmap: functions with rules of their own are mapped at most three times over: " << name);
      return x[0].value;
    }
  }
  template <class Inner> static constexpr ref mark(ref y, std::span<const batched> x) {
    if (!x[0].mapped) return x[0].value;
    attributes a{.a = y.attributes().a << 16, .bits = y.attributes().bits};
    sequence<ref> all;
    for (std::size_t i = 0; i < x.size(); ++i) {
      all.push_back(x[i].value);
      if (x[i].mapped) a.a |= std::int64_t{1} << i;
    }
    return add_node(*y.owner, id_of<batched_rule_op<Inner, Depth + 1>>(), a, {all.data(), all.size()});
  }
};

template <class Rules, std::size_t Args, std::size_t Kept> constexpr ref rule_op<Rules, Args, Kept>::batch(ref y, dim, std::span<const batched> x) {
  return batched_rule_op<rule_op, -1>::template mark<rule_op>(y, x);
}

}  // namespace detail

}  // namespace tapeless
