#pragma once
#include <tapeless/core/registry.hpp>
#include <tapeless/graph/graph.hpp>
#include <tapeless/graph/op.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// One node in a few bits, since compilers spell template arguments out: its op and operands by index.
struct number_node {
  std::size_t op = 0;
  dtype type = dtype::f64;
  std::size_t arity = 0;
  std::array<std::size_t, 4> operands{};  ///< of a constant: its index

  constexpr std::uint64_t packed() const {
    std::uint64_t bits = op << 54 | static_cast<std::uint64_t>(type) << 51 | static_cast<std::uint64_t>(arity) << 48;
    for (std::size_t i = 0; i < 4; ++i) bits |= operands[i] << 12 * i;
    return bits;
  }
  static constexpr number_node unpacked(std::uint64_t bits) {
    number_node n{bits >> 54, static_cast<dtype>(bits >> 51 & 7), bits >> 48 & 7};
    for (std::size_t i = 0; i < 4; ++i) n.operands[i] = bits >> 12 * i & 4095;
    return n;
  }
};

/// Up to so many nodes become one function.
inline constexpr int most_straight_nodes = 4096;

template <class Graph> constexpr bool computes_numbers(const Graph& g) {
  if (g.size() > most_straight_nodes || g.assignments.size() > 0) return false;
  for (const auto& s : g.shapes)
    if (s.rank > 0) return false;
  for (int id = 0; id < g.size(); ++id)
    if (!g.is(id, op_kind::elementwise) && !g.is(id, op_kind::constant) && !g.is(id, op_kind::leaf)) return false;
  return true;
}

/// The graph of numbers, as far as code is made of it.
template <std::size_t Nodes> struct number_graph {
  std::array<std::uint64_t, Nodes> nodes{};
  std::array<const op_info*, Nodes> ops{};  ///< each once; the rest is null
  std::array<std::uint64_t, Nodes> constants{};
  std::size_t op_count = 0, constant_count = 0;
};
template <class Graph> constexpr auto number_graph_of(const Graph& g) {
  number_graph<std::tuple_size_v<decltype(g.nodes)>> f;
  const auto index = [](auto& table, std::size_t& count, auto value) {
    std::size_t i = 0;
    while (i < count && table[i] != value) ++i;
    if (i == count) table[count++] = value;
    return i;
  };
  for (int id = 0; id < g.size(); ++id) {
    number_node n{index(f.ops, f.op_count, g[id].op), g[id].type};
    if (g.is(id, op_kind::constant)) n.operands[0] = index(f.constants, f.constant_count, g.attributes_of(id).bits);
    for (int o : g.operands_of(id)) n.operands[n.arity++] = static_cast<std::size_t>(o);
    f.nodes[static_cast<std::size_t>(id)] = n.packed();
  }
  return f;
}
template <std::size_t Count, class T, std::size_t N> constexpr std::array<T, Count> first_of(const std::array<T, N>& all) {
  std::array<T, Count> some{};
  for (std::size_t i = 0; i < Count; ++i) some[i] = all[i];
  return some;
}
template <auto Nodes, auto Ops, auto Constants> struct number_tables {
  static constexpr auto nodes = Nodes;
  static constexpr auto ops = Ops;
  static constexpr auto constants = Constants;

  static constexpr std::uint64_t hash() {
    std::uint64_t h = Nodes.size();
    for (auto n : Nodes) h = hash_combine(h, n);
    for (const auto* op : Ops) h = hash_combine(h, op->hash);
    for (auto c : Constants) h = hash_combine(h, c);
    return h;
  }
};

template <std::uint64_t Hash> struct straight_key {};
template <class Program> inline constexpr std::uint64_t straight_hash = [] {
  constexpr auto f = number_graph_of(Program::graph);
  using tables = number_tables<f.nodes, first_of<f.op_count>(f.ops), first_of<f.constant_count>(f.constants)>;
  static_assert(entered<straight_key<tables::hash()>, tables>);
  return tables::hash();
}();

/// In which order nodes are computed: first what functions such as exp wait for, and divisions that can be done meanwhile, whatever
/// takes longest until the end before the rest, since compilers move nothing across calls; then the others as they come.
template <class Tables> inline constexpr auto straight_order = [] {
  constexpr std::size_t count = Tables::nodes.size(), most_sorted = 256;
  constexpr int cost_of_call = 8, cost_of_division = 5;
  std::array<std::size_t, count> order{};
  std::array<int, count> to_end{};
  std::array<bool, count> after_call{}, early{};
  for (std::size_t i = 0; i < count; ++i) {
    const auto n = number_node::unpacked(Tables::nodes[i]);
    after_call[i] = Tables::ops[n.op]->cost >= cost_of_call;
    for (std::size_t k = 0; k < n.arity; ++k) after_call[i] = after_call[i] || after_call[n.operands[k]];
  }
  for (std::size_t i = count; i-- > 0;) {
    const auto n = number_node::unpacked(Tables::nodes[i]);
    const int cost = Tables::ops[n.op]->cost;
    early[i] = early[i] || cost >= cost_of_call || (cost >= cost_of_division && !after_call[i]);
    to_end[i] += cost;
    for (std::size_t k = 0; k < n.arity; ++k) {
      const auto from = n.operands[k];
      early[from] = early[from] || early[i];
      if (to_end[from] < to_end[i]) to_end[from] = to_end[i];
    }
  }
  std::size_t placed = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (early[i]) {
      std::size_t at = placed++;
      for (; at > 0 && placed <= most_sorted && to_end[order[at - 1]] < to_end[i]; --at) order[at] = order[at - 1];
      order[at] = i;
    }
  for (std::size_t i = 0; i < count; ++i)
    if (!early[i]) order[placed++] = i;
  return order;
}();

/// Straight code for numbers: a local variable for each node of the graph. Under a short name, as kernels are.
template <std::uint64_t Hash> class straight_code {
  using tables = registered_as<straight_key<Hash>>;
  static constexpr std::size_t count = tables::nodes.size();

 public:
  /// By node; of each dtype only those are used that have it.
  class values {
   public:
    template <dtype T> auto& at(std::size_t i) {
      if constexpr (T == dtype::f64) return f64_[i];
      else if constexpr (T == dtype::f32) return f32_[i];
      else if constexpr (T == dtype::i32) return i32_[i];
      else if constexpr (T == dtype::i64) return i64_[i];
      else if constexpr (T == dtype::boolean) return boolean_[i];
      else if constexpr (T == dtype::bf16) return bf16_[i];
      else return f16_[i];
    }

   private:
    double f64_[count];
    float f32_[count];
    std::int32_t i32_[count];
    std::int64_t i64_[count];
    bool boolean_[count];
    bfloat16 bf16_[count];
    float16 f16_[count];
  };

  /// Leaves have been set.
  [[gnu::always_inline]] static void run(values& v) {
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) { (step<straight_order<tables>[I]>(v), ...); }(std::make_index_sequence<count>{});
  }

 private:
  static constexpr number_node node(std::size_t i) { return number_node::unpacked(tables::nodes[i]); }
  template <std::size_t I, std::size_t Operand> [[gnu::always_inline]] static auto operand(values& v) {
    constexpr auto from = node(I).operands[Operand];
    return v.template at<node(from).type>(from);
  }
  template <std::size_t I> [[gnu::always_inline]] static void step(values& v) {
    constexpr number_node n = node(I);
    constexpr const op_info* op = tables::ops[n.op];
    [[maybe_unused]] auto& y = v.template at<n.type>(I);
    if constexpr (op->kind == op_kind::constant) y = static_cast<element_of<n.type>>(std::bit_cast<double>(tables::constants[n.operands[0]]));
    else if constexpr (n.arity == 1) y = op_of<op>::value(operand<I, 0>(v));
    else if constexpr (n.arity == 2) y = op_of<op>::value(operand<I, 0>(v), operand<I, 1>(v));
    else if constexpr (n.arity == 3) y = op_of<op>::value(operand<I, 0>(v), operand<I, 1>(v), operand<I, 2>(v));
    else if constexpr (n.arity == 4) y = op_of<op>::value(operand<I, 0>(v), operand<I, 1>(v), operand<I, 2>(v), operand<I, 3>(v));
  }
};

}  // namespace detail

/// Whether all of a program is numbers: it then runs as one function without memory.
template <class Program> inline constexpr bool is_straight = detail::computes_numbers(Program::graph);

/// Numbers in the order of the graph's leaves to what is fetched, as a tuple.
template <class Program, class... Numbers> [[gnu::flatten]] auto run_straight(Numbers... leaves) noexcept {
  using code = detail::straight_code<detail::straight_hash<Program>>;
  constexpr auto& g = Program::graph;
  typename code::values v;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((v.template at<g[g.leaves[I].node].type>(static_cast<std::size_t>(g.leaves[I].node)) = leaves), ...);
  }(std::index_sequence_for<Numbers...>{});
  code::run(v);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::tuple(v.template at<g[g.outputs[I]].type>(static_cast<std::size_t>(g.outputs[I]))...);
  }(std::make_index_sequence<g.outputs.size()>{});
}

/// Runs programs of numbers for sessions.
template <class Program> class straight_executor {
  static constexpr auto& g = Program::graph;
  template <int Node> using element = element_of<g[Node].type>;

 public:
  static constexpr bool is_static = true;
  static constexpr std::int64_t arena_bytes = 0;

  straight_executor() = default;
  straight_executor(const straight_executor&) = delete;
  straight_executor& operator=(const straight_executor&) = delete;
  void bind(const auto&) {}
  void set_leaf(int leaf, const void* data) { leaves_[static_cast<std::size_t>(leaf)] = data; }
  [[gnu::flatten]] void run() noexcept {
    typename detail::straight_code<detail::straight_hash<Program>>::values v;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((v.template at<g[g.leaves[I].node].type>(static_cast<std::size_t>(g.leaves[I].node)) = *static_cast<const element<g.leaves[I].node>*>(leaves_[I])), ...);
    }(std::make_index_sequence<g.leaves.size()>{});
    detail::straight_code<detail::straight_hash<Program>>::run(v);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((*reinterpret_cast<element<g.outputs[I]>*>(results_ + 8 * I) = v.template at<g[g.outputs[I]].type>(static_cast<std::size_t>(g.outputs[I]))), ...);
    }(std::make_index_sequence<g.outputs.size()>{});
  }
  /// The same straight to where the results are wanted.
  [[gnu::always_inline]] auto results() const noexcept {
    return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
      return run_straight<Program>(*static_cast<const element<g.leaves[I].node>*>(leaves_[I])...);
    }(std::make_index_sequence<g.leaves.size()>{});
  }
  const void* output(int i) const { return results_ + 8 * i; }

 private:
  std::array<const void*, g.leaves.size()> leaves_{};
  alignas(8) std::byte results_[8 * g.outputs.size() + 1];
};

}  // namespace tapeless
