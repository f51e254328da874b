#pragma once
#include <tapeless/cuda/product_request.hpp>
#include <tapeless/ops/cast.hpp>
#include <tapeless/run/program.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

namespace detail {

/// The dtype to which a mode rounds the operands of products; f32: to none that tensors have.
constexpr dtype operand_type(product_mode mode) { return mode == product_mode::bf16 ? dtype::bf16 : mode == product_mode::f16 ? dtype::f16 : dtype::f32; }

/// Which products of a legal graph are computed from numbers of two bytes, and from which nodes.
template <class Graph> class narrow_operands {
 public:
  constexpr narrow_operands(const Graph& g, product_mode mode) : g_(g), mode_(mode), bound_(representative_binding(g)) {}

  /// Of a product: the dtype that both operands were stored as before they were made floats, else that of the mode; f32: as it is.
  constexpr dtype type_of(int id) const {
    if (g_[id].op != id_of<matmul_op>() || g_[id].type != dtype::f32 || g_[g_.operand_of(id, 0)].type != dtype::f32) return dtype::f32;
    const dtype a = stored_type(g_.operand_of(id, 0)), b = stored_type(g_.operand_of(id, 1));
    return a == b && is_narrow(a) ? a : operand_type(mode_);
  }
  /// What an operand is a view of, where narrowing that gives all that its views need; else the operand itself.
  constexpr int base_of(int id) const {
    int base = id;
    while (g_[base].op == id_of<reshape_op>() || g_[base].op == id_of<transpose_op>()) base = g_.operand_of(base, 0);
    return g_.is(base, op_kind::view) ? id : base;
  }
  /// The node of dtype t that the operand's base was made a float from; -1: there is none.
  constexpr int stored_as(int id, dtype t) const {
    const int base = base_of(id);
    if (g_[base].op != id_of<cast_op<float>>()) return -1;
    const int x = g_.operand_of(base, 0);
    const bool stands = !g_.is(x, op_kind::view) || (base == id && has_unit_stride(x));
    return stands && g_[x].type == t ? x : -1;
  }

 private:
  constexpr dtype stored_type(int id) const { return stored_as(id, dtype::bf16) >= 0 ? dtype::bf16 : stored_as(id, dtype::f16) >= 0 ? dtype::f16 : dtype::f32; }
  constexpr bool has_unit_stride(int id) const {
    const auto l = layout_of(g_, id, bound_);
    const auto last = static_cast<std::size_t>(l.rank - 1);
    return l.strides[last] == 1 || l.strides[last - 1] == 1;
  }

  const Graph& g_;
  product_mode mode_;
  binding bound_;
};

template <class Graph> class product_narrower {
 public:
  constexpr product_narrower(const Graph& g, product_mode mode) : g_(g), find_(g, mode), renamed_(static_cast<std::size_t>(g.size()), -1), used_(renamed_.size(), false) {
    mark_used();
    for (const auto& l : g.leaves) renamed_[l.node] = out_.copy_leaf(g, l.node).id;
    for (int id = 0; id < g.size(); ++id) {
      if (g.is(id, op_kind::leaf) || !used_[id]) continue;
      const dtype t = find_.type_of(id);
      sequence<int> x;
      for (int o : g.operands_of(id)) x.push_back(t == dtype::f32 ? renamed_[o] : narrowed(o, t));
      renamed_[id] = out_.copy(g, id, {x.data(), x.size()});
    }
    for (int o : g.outputs) out_.graph.outputs.push_back(renamed_[o]);
    for (const auto& a : g.assignments) out_.graph.assignments.push_back({renamed_[a.variable], renamed_[a.value]});
    place_parts(out_.graph);
  }
  constexpr graph result() && { return std::move(out_.graph); }

 private:
  constexpr void mark_used() {
    for (int o : g_.outputs) used_[o] = true;
    for (const auto& a : g_.assignments) used_[a.variable] = used_[a.value] = true;
    for (int id = g_.size(); id-- > 0;) {
      if (g_.is(id, op_kind::region)) used_[id] = true;  // what a loop results in stands behind it, wanted or not
      if (!used_[id]) continue;
      const dtype t = find_.type_of(id);
      for (int o : g_.operands_of(id)) used_[t == dtype::f32 ? o : source_of(o, t)] = true;
    }
  }
  constexpr int source_of(int o, dtype t) const {
    const int stored = find_.stored_as(o, t);
    return stored >= 0 ? stored : find_.base_of(o);
  }
  /// The operand in the other dtype: a tensor that several products read, some of them turned, is narrowed once.
  constexpr int narrowed(int o, dtype t) {
    const int base = find_.base_of(o), stored = find_.stored_as(o, t);
    if (o == base && stored >= 0) return renamed_[stored];
    const int x[]{o == base ? renamed_[o] : narrowed(g_.operand_of(o, 0), t)};
    const auto* const cast = t == dtype::bf16 ? id_of<cast_op<bfloat16>>() : id_of<cast_op<float16>>();
    return out_.intern(o == base ? cast : g_[o].op, o == base ? attributes{} : g_.attributes_of(o), x, t, g_.shape_of(o));
  }

  const Graph& g_;
  narrow_operands<Graph> find_;
  builder out_;
  sequence<int> renamed_;
  sequence<bool> used_;
};

template <class Graph> constexpr bool narrows_products(const Graph& g, product_mode mode) {
  const narrow_operands<Graph> find(g, mode);
  for (int id = 0; id < g.size(); ++id)
    if (find.type_of(id) != dtype::f32) return true;
  return false;
}

/// Two casts and a copy of the views for each product at most.
constexpr graph_sizes most_narrowed_sizes(const graph_sizes& g) { return {3 * g[0], 3 * g[1] + 2 * g[0], g[2], g[3] + 1, g[4], g[5], g[6], g[7]}; }

template <class Program, product_mode Mode, bool = narrows_products(Program::graph, Mode)> struct narrow_program { using type = Program; };

}  // namespace detail

/// A program whose products read tensors of two bytes an element where the mode rounds operands to that anyway, or where both
/// operands were stored so: the loop that makes an operand writes it so, once for all products that read it.
template <class Program, product_mode Mode> struct with_narrow_products : Program {
  static constexpr auto graph = freeze_within<detail::most_narrowed_sizes(sizes_of(Program::graph)), [] { return detail::product_narrower(Program::graph, Mode).result(); }>();
};
namespace detail {
template <class Program, product_mode Mode> struct narrow_program<Program, Mode, true> { using type = with_narrow_products<Program, Mode>; };
}  // namespace detail
template <class Program, product_mode Mode = product_mode::f32> using narrowed = typename detail::narrow_program<Program, Mode>::type;

}  // namespace tapeless::device
