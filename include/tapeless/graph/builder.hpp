#pragma once
#include <tapeless/graph/graph.hpp>
#include <tapeless/graph/hash_index.hpp>
#include <tapeless/graph/transfer.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Builds a graph. Equal operations on equal operands become one node.
class builder {
 public:
  tapeless::graph graph;
  text mistake;                       ///< the first one; building goes on with what the shape rule salvaged
  sequence<sequence<int>> sweeps;  ///< adjoints by loss, made by the gradient transform
  sequence<int> swept;
  sequence<int> derived;  ///< results of derivatives
  struct usage {
    int uses = 0;       ///< by what leads to derivatives by leaves
    bool number = false;  ///< computed from numbers of the program alone
    bool even = false;  ///< computed element by element, from what has the same shape and from numbers of the program
  };
  sequence<usage> usages;  ///< of nodes, as far as the gradient transform has asked
  std::size_t used_by_sweeps = 0;  ///< how many sweeps these count
  bool forward_mode = false;  ///< functions with rules for both modes are asked for that of forward mode
  bool surveying = false;     ///< the graph is only looked at and thrown away: see rule_op
  bool deriving = false;  ///< what is added belongs to a derivative
  std::uint64_t device = 0;  ///< where what is traced is to be computed, as the bits of a symbol; 0: where the session computes
  std::int8_t order = 0;  ///< of that derivative; what is computed from derivatives has at least theirs

  constexpr ref at(int id) { return {this, id}; }

  constexpr ref add(const op_info* op, const attributes& a, std::span<const ref> x) {
    const std::size_t count = x.size();
    const ref* const given = x.data();
    sequence<int> ids(count, 0);
    for (std::size_t i = 0; i < count; ++i) ids[i] = given[i].id;
    if (op->kind == op_kind::elementwise && settle_weak(ids) && op->fold != nullptr) {
      sequence<double> values;
      for (int id : ids) values.push_back(graph.attributes_of(id).number());
      return add_constant(op->fold(values.data()), dtype::f64, true);
    }
    sequence<operand> described;
    described.reserve(count);
    for (int id : ids) described.push_back({graph[id].type, graph.shape_of(id)});
    const inferred r = op->infer({described.data(), count}, a);
    if (r.problem != nullptr) report(*op, r.problem, a, ids);
    return at(intern(op, a, {ids.data(), count}, r.type, r.shape));
  }

  /// A node whose dtype and shape are known: for passes that rebuild a checked graph.
  constexpr int intern(const op_info* op, const attributes& a, std::span<const int> x, dtype type, const tapeless::shape& s) {
    const int shape_id = intern_shape(s), attributes_id = intern_attributes(a);
    auto h = hash_combine(hash_combine(op->hash, static_cast<std::uint64_t>(shape_id) * 8 + static_cast<std::uint64_t>(type)), static_cast<std::uint64_t>(attributes_id));
    const int count = static_cast<int>(x.size());
    const int* const ids = x.data();
    for (int i = 0; i < count; ++i) h = hash_combine(h, static_cast<std::uint64_t>(ids[i]));
    std::int8_t derived_by = order;
    for (int i = 0; i < count; ++i)
      if (graph[ids[i]].order > derived_by) derived_by = graph[ids[i]].order;
    const int known = node_index_.find(h, [&](int id) {
      const auto& n = graph[id];
      if (n.op != op || n.shape != shape_id || n.attributes != attributes_id || n.type != type || n.operand_count != count) return false;
      const int* const same = graph.operands.data() + n.first_operand;
      for (int i = 0; i < count; ++i)
        if (same[i] != ids[i]) return false;
      return true;
    });
    if (known >= 0) {
      if (!deriving) graph.nodes[known].derived = false;
      if (derived_by < graph.nodes[known].order) graph.nodes[known].order = derived_by;
      return known;
    }
    const int id = graph.size();
    graph.nodes.push_back({op, static_cast<int>(graph.operands.size()), count, shape_id, attributes_id, type});
    graph.nodes.back().derived = deriving;
    graph.nodes.back().order = derived_by;
    for (int i = 0; i < count; ++i) graph.operands.push_back(ids[i]);
    node_index_.insert(h, id);
    return id;
  }

  constexpr ref add_constant(double value, dtype type, bool weak) {
    return at(intern(id_of<constant_op>(), {.a = weak, .bits = std::bit_cast<std::uint64_t>(value)}, {}, type, {}));
  }

  /// A leaf of another graph, by the name that it has there.
  template <class Graph> constexpr ref copy_leaf(const Graph& from, int id) {
    const auto& l = from.leaf_of(id);
    const leaf_description d{l.kind, from.name_of(l), from[id].type, l.kind == leaf_kind::extent ? from.attributes_of(id).target : from.shape_of(id), l.start, l.trainable};  // named for nvcc
    return add_leaf(d);
  }
  /// Any other node of another graph, of operands of this one.
  template <class Graph> constexpr int copy(const Graph& from, int id, std::span<const int> x) {
    return intern(from[id].op, from.attributes_of(id), x, from[id].type, from.shape_of(id));
  }
  /// Leaves are known by kind and full name; a second one must agree with the first.
  constexpr ref add_leaf(const leaf_description& d) {
    sequence<char> full;
    const bool scoped = d.kind == leaf_kind::variable && !scope_.empty();
    if (scoped) full = scope_, full.append(d.name.data(), d.name.size());
    const std::string_view name = scoped ? std::string_view(full.data(), full.size()) : d.name;
    const auto h = hash_of(name);
    const int known = leaf_index_.find(h, [&](int i) { return graph.name_of(graph.leaves[i]) == name; });
    if (known >= 0) {
      const auto& l = graph.leaves[known];
      if (l.kind != d.kind || graph[l.node].type != d.type || (d.kind != leaf_kind::extent && !(graph.shape_of(l.node) == d.shape))) {  // an extent's name says its shape
        text m;
        m << "two leaves are named \"" << name << "\": ";
        describe_leaf(m, l.kind, graph[l.node].type, graph.shape_of(l.node));
        m << " and ";
        describe_leaf(m, d.kind, d.type, d.shape);
        report(m);
      }
      return at(l.node);
    }
    const int index = static_cast<int>(graph.leaves.size());
    leaf l{d.kind, d.trainable, static_cast<int>(graph.names.size()), static_cast<int>(name.size()), 0, d.start};
    graph.names.append(name.data(), name.size());
    l.node = intern(id_of<leaf_op>(), {.a = index, .target = d.kind == leaf_kind::extent ? d.shape : tapeless::shape{}}, {}, d.type, d.kind == leaf_kind::extent ? tapeless::shape{} : d.shape);
    graph.leaves.push_back(l);
    leaf_index_.insert(h, index);
    return at(l.node);
  }

  /// What stands for a value that a loop gives its body.
  constexpr ref add_bound(dtype type, const tapeless::shape& s) {
    text name;
    name << "step value " << static_cast<std::int64_t>(graph.leaves.size());
    return add_leaf({.kind = leaf_kind::bound, .name = name.view(), .type = type, .shape = s});
  }

  constexpr void report(const text& m) {
    if (mistake.empty()) mistake = m;
  }

  constexpr void describe(text& out, int id, int depth) const {
    const auto& n = graph[id];
    if (n.op->kind == op_kind::leaf) { out << graph.name_of(graph.leaf_of(id)); return; }
    out << n.op->name;
    if (n.op->kind == op_kind::constant) return;
    out << "(";
    if (depth == 0) out << "...";
    else
      for (int i = 0; i < n.operand_count; ++i) describe(out << (i > 0 ? ", " : ""), graph.operand_of(id, i), depth - 1);
    out << ")";
  }

  constexpr void enter_scope(std::string_view name) {
    scope_marks_.push_back(scope_.size());
    scope_.append(name.data(), name.size());
    scope_.push_back('/');
  }
  constexpr void leave_scope() {
    scope_.resize(scope_marks_.back());
    scope_marks_.pop_back();
  }

  constexpr void enter_loop() { open_loops_.push_back({++loops_entered_}); }
  /// What stands for the number of the step; does not exist if nobody has asked for it.
  constexpr ref leave_loop() {
    const int number = open_loops_.back().step_number;
    open_loops_.pop_back();
    return at(number);
  }
  /// The loops whose bodies are being traced, from the outermost on, by the numbers of their steps. Random numbers ask.
  constexpr int loop_depth() const { return static_cast<int>(open_loops_.size()); }
  constexpr ref step_number(int depth) {
    int& number = open_loops_[depth].step_number;
    if (number < 0) number = add_bound(dtype::i64, {}).id;
    return at(number);
  }

  constexpr ref transferred(ref x, std::uint64_t from, std::uint64_t to) {
    return from == to ? x : add(id_of<transfer_op>(), {.a = static_cast<std::int64_t>(to), .b = static_cast<std::int64_t>(from)}, {&x, 1});
  }

  constexpr std::uint64_t scope_hash() const { return hash_of({scope_.data(), scope_.size()}); }

  constexpr ref find_traced(std::uint64_t hash, const char* tag) {
    const int found = traced_index_.find(scoped(hash), [&](int i) { return traced_[i].tag == tag; });
    return found < 0 ? ref{} : at(traced_[found].node);
  }
  constexpr ref remember_traced(std::uint64_t hash, const char* tag, ref r) {
    traced_index_.insert(scoped(hash), static_cast<int>(traced_.size()));
    traced_.push_back({tag, r.id});
    return r;
  }

 private:
  struct traced_type {
    const char* tag;
    int node;
  };

  constexpr std::uint64_t scoped(std::uint64_t hash) const {
    const auto h = hash_combine(hash, scope_hash() + device);
    return open_loops_.empty() ? h : hash_combine(h, open_loops_.back().id);  // what is drawn differs from loop to loop
  }

  static constexpr void describe_leaf(text& m, leaf_kind k, dtype t, const tapeless::shape& s) {
    m << (k == leaf_kind::variable ? "variable " : "placeholder ");
    s.print(m) << " " << to_string(t);
  }

  constexpr void report(const op_info& op, const char* problem, const attributes& a, const sequence<int>& ids) {
    if (!mistake.empty()) return;
    text m;
    detail::print_mistake(m, op.name, problem);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      describe(m << (i > 0 ? " and " : ""), ids[i], 1);
      detail::print_operand(m, {graph[ids[i]].type, graph.shape_of(ids[i])});
    }
    detail::print_target(m, a);
    report(m);
  }

  /// Gives weak constants the dtype of the operands they stand beside; true where all operands are weak.
  constexpr bool settle_weak(sequence<int>& ids) {
    bool any = false, all = true;
    dtype common = dtype::f64;
    bool number = false;
    for (int id : ids) {
      if (is_weak(id)) {
        any = true;
      } else {
        if (!number && graph[id].type != dtype::boolean) common = graph[id].type, number = true;
        all = false;
      }
    }
    if (!any || all) return any;
    for (int& id : ids)
      if (is_weak(id)) id = add_constant(graph.attributes_of(id).number(), common, false).id;
    return false;
  }
  constexpr bool is_weak(int id) const { return graph.is(id, op_kind::constant) && graph.attributes_of(id).a == 1; }

  constexpr int intern_shape(const tapeless::shape& s) {
    const auto h = detail::hash_of_shape(s);
    const int known = shape_index_.find(h, [&](int i) { return graph.shapes[i] == s; });
    if (known >= 0) return known;
    shape_index_.insert(h, static_cast<int>(graph.shapes.size()));
    graph.shapes.push_back(s);
    return static_cast<int>(graph.shapes.size()) - 1;
  }
  constexpr int intern_attributes(const attributes& a) {
    const auto h = detail::hash_of_attributes(a);
    const int known = attribute_index_.find(h, [&](int i) { return graph.attribute_table[i] == a; });
    if (known >= 0) return known;
    attribute_index_.insert(h, static_cast<int>(graph.attribute_table.size()));
    graph.attribute_table.push_back(a);
    return static_cast<int>(graph.attribute_table.size()) - 1;
  }

  hash_index node_index_, shape_index_, attribute_index_, leaf_index_, traced_index_;
  struct open_loop {
    std::uint64_t id = 0;
    int step_number = -1;
  };
  sequence<traced_type> traced_;
  sequence<open_loop> open_loops_;
  std::uint64_t loops_entered_ = 0;
  sequence<char> scope_;
  sequence<std::size_t> scope_marks_;
};

constexpr shape ref::shape() const { return is_literal() ? tapeless::shape{} : owner->graph.shape_of(id); }
constexpr dtype ref::type() const { return is_literal() ? dtype::f64 : owner->graph[id].type; }
constexpr attributes ref::attributes() const { return owner->graph.attributes_of(id); }

constexpr ref add_node(builder& b, const op_info* op, const attributes& a, std::span<const ref> x) { return b.add(op, a, x); }
/// Leaves stand where the session computes.
constexpr ref add_leaf(builder& b, const leaf_description& d) { return d.kind == leaf_kind::extent ? b.add_leaf(d) : b.transferred(b.add_leaf(d), 0, b.device); }
constexpr ref add_constant(builder& b, double value, dtype type, bool weak) { return b.add_constant(value, type, weak); }
constexpr void fail(builder& b, const text& message) { b.report(message); }
constexpr ref find_traced(builder& b, std::uint64_t hash, const char* tag) { return b.find_traced(hash, tag); }
constexpr ref remember_traced(builder& b, std::uint64_t hash, const char* tag, ref r) { return b.remember_traced(hash, tag, r); }
constexpr void enter_scope(builder& b, std::string_view name) { b.enter_scope(name); }
constexpr void leave_scope(builder& b) { b.leave_scope(); }
constexpr std::uint64_t scope_hash(const builder& b) { return b.scope_hash(); }
/// What several actions assign alike, such as a step count that they share, is assigned once.
constexpr void add_assignment(builder& b, ref variable, ref value) {
  for (const auto& a : b.graph.assignments) {
    if (a.variable != variable.id) continue;
    text m;
    if (a.value != value.id) b.describe(m << "assign: a variable is assigned two values in one run: ", variable.id, 0), b.report(m);
    return;
  }
  b.graph.assignments.push_back({variable.id, value.id});
}

}  // namespace tapeless
