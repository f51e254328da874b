#pragma once
#include <tapeless/graph/graph.hpp>

namespace tapeless::inline TAPELESS_ABI {

// Control flow in a graph. The body of a loop stands among the other nodes: it is what depends on the loop's arguments, leaves
// of the kind `bound`. So equal subexpressions merge, simplification needs to know nothing of loops, and what a body computes
// without its arguments is outside already. Only the planner cuts bodies out; see plan/outline.hpp.

/// Values that are carried from step to step, until the steps are done. The result stands for the loop as a whole; it is the
/// operand of `final_op` and `stacked_op`. attributes: see loop_form; .target: (number of steps), or () where that is not bounded.
///   operands  the first values of the carried; the sequences; what a step gives to the next; the arguments that stand for
///             the carried values and for an element of each sequence; perhaps a condition; perhaps the number of steps
struct loop_op {
  static constexpr auto name = "loop";
  static constexpr op_kind kind = op_kind::control;
  static constexpr inferred infer(operands, const attributes& a) { return {dtype::i32, a.target}; }
  static constexpr void print(text& out, const attributes& a);
};
/// A carried value after the last step. attributes.a: which; .b: its dtype; .target: its shape.
struct final_op {
  static constexpr auto name = "final";
  static constexpr op_kind kind = op_kind::control;
  static constexpr inferred infer(operands, const attributes& a) { return {static_cast<dtype>(a.b), a.target}; }
  static constexpr void print(text& out, const attributes& a) { out << " " << a.a; }
};
/// What a body computes, of all steps, along a new leading axis. Operands: the loop, the value in its body.
struct stacked_op {
  static constexpr auto name = "stacked";
  static constexpr op_kind kind = op_kind::control;
  static constexpr inferred infer(operands x, const attributes&) {
    inferred r{x[1].type, {}};
    r.shape.push(x[0].shape[0]);
    for (int i = 0; i < x[1].shape.rank; ++i) r.shape.push(x[1].shape[i]);
    return r;
  }
};
/// How many steps a loop with a condition took.
struct steps_op {
  static constexpr auto name = "steps";
  static constexpr op_kind kind = op_kind::control;
  static constexpr inferred infer(operands, const attributes&) { return {dtype::i32, {}}; }
};
/// One of two values, of which only that is computed. Operands: a bool scalar, the value where it is true, the other.
struct choice_op {
  static constexpr auto name = "cond";
  static constexpr op_kind kind = op_kind::control;
  static constexpr inferred infer(operands x, const attributes&) {
    const inferred r{x[1].type, x[1].shape};
    if (x[0].type != dtype::boolean || x[0].shape.rank != 0) return {r.type, r.shape, "the condition must be a bool scalar"};
    if (x[1].type != x[2].type) return {r.type, r.shape, "the branches have different dtypes; convert one with tl::cast"};
    if (x[1].shape.rank != x[2].shape.rank) return {r.type, r.shape, "the branches have different shapes"};
    for (int i = 0; i < r.shape.rank; ++i)
      if (!compatible(x[1].shape[i], x[2].shape[i])) return {r.type, r.shape, "the branches have different shapes"};
    return r;
  }
};

/// How the operands of a loop are to be read.
struct loop_form {
  int carried = 0, sliced = 0;
  bool conditional = false;  ///< a step is taken as long as the condition, of the carried values, holds
  bool counted = false;      ///< the last operand says how many steps there are
  bool backward = false;     ///< sequences are walked from their end

  constexpr attributes packed(const shape& length) const { return {.a = carried, .b = sliced, .c = conditional | counted << 1 | backward << 2, .target = length}; }
  static constexpr loop_form of(const attributes& a) { return {static_cast<int>(a.a), static_cast<int>(a.b), (a.c & 1) != 0, (a.c & 2) != 0, (a.c & 4) != 0}; }

  constexpr int first(int i) const { return i; }
  constexpr int sequence(int i) const { return carried + i; }
  constexpr int next(int i) const { return carried + sliced + i; }
  constexpr int carried_argument(int i) const { return 2 * carried + sliced + i; }
  constexpr int element_argument(int i) const { return 3 * carried + sliced + i; }
  constexpr int condition() const { return 3 * carried + 2 * sliced; }
  constexpr int count() const { return 3 * carried + 2 * sliced + conditional; }
  constexpr int arguments() const { return carried + sliced; }
};

constexpr void loop_op::print(text& out, const attributes& a) {
  const auto f = loop_form::of(a);
  out << " carries " << f.carried << " walks " << f.sliced << (f.backward ? " backward" : "") << (f.conditional ? " while" : "") << (f.counted ? " counted" : "");
}

template <class Graph> constexpr bool has_control(const Graph& g) {
  for (const auto& n : g.nodes)
    if (n.op->kind == op_kind::control) return true;
  return false;
}

/// A set of arguments of loops.
struct argument_set {
  static constexpr int capacity = 256;
  std::array<std::uint64_t, capacity / 64> words{};

  constexpr void add(int i) { words[static_cast<std::size_t>(i / 64)] |= std::uint64_t{1} << (i % 64); }
  constexpr void add(const argument_set& s) {
    for (std::size_t i = 0; i < words.size(); ++i) words[i] |= s.words[i];
  }
  constexpr void remove(const argument_set& s) {
    for (std::size_t i = 0; i < words.size(); ++i) words[i] &= ~s.words[i];
  }
  constexpr bool meets(const argument_set& s) const {
    for (std::size_t i = 0; i < words.size(); ++i)
      if ((words[i] & s.words[i]) != 0) return true;
    return false;
  }
  constexpr bool empty() const {
    for (auto w : words)
      if (w != 0) return false;
    return true;
  }
};

/// By node: the arguments of loops that it depends on and that no loop below it binds. A node with none is outside all loops.
class free_arguments {
 public:
  template <class Graph> constexpr explicit free_arguments(const Graph& g) : sets_(static_cast<std::size_t>(g.size())), numbers_(g.leaves.size(), -1) {
    for (int id = 0; id < g.size(); ++id) {
      auto& mine = sets_[id];
      if (g.is(id, op_kind::leaf)) {
        if (g.leaf_of(id).kind == leaf_kind::bound) mine.add(number(static_cast<std::size_t>(g.attributes_of(id).a)));
        continue;
      }
      for (int o : g.operands_of(id)) mine.add((*this)[o]);
      if (g[id].op == id_of<loop_op>()) mine.remove(bound_by(g, id));
      if (g[id].op == id_of<stacked_op>()) mine.remove(bound_by(g, g.operand_of(id, 0)));
    }
  }
  constexpr const argument_set& operator[](int id) const { return sets_[id]; }
  template <class Graph> constexpr argument_set bound_by(const Graph& g, int loop) const {
    argument_set s;
    const auto f = loop_form::of(g.attributes_of(loop));
    for (int i = 0; i < f.arguments(); ++i) s.add((*this)[g.operand_of(loop, f.carried_argument(0) + i)]);
    return s;
  }

 private:
  constexpr int number(std::size_t leaf) {
    if (numbers_[leaf] < 0) numbers_[leaf] = count_++;
    if (count_ > argument_set::capacity) not_allowed("at most 256 values are bound by loops in one graph");
    return numbers_[leaf];
  }
  sequence<argument_set> sets_;
  sequence<int> numbers_;
  int count_ = 0;
};

}  // namespace tapeless
