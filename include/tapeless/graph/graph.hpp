#pragma once
#include <tapeless/core/sequence.hpp>
#include <tapeless/graph/leaf.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

constexpr std::uint64_t hash_of_shape(const shape& s) {
  std::uint64_t h = (static_cast<std::uint64_t>(s.rank) + 1) * 0x9e3779b97f4a7c15ull;  // () and (1,), (2,) and (2, 3) differ
  for (int i = 0; i < s.rank; ++i) {
    const dim& d = s.dims[i];
    h = (h ^ (static_cast<std::uint64_t>(d.constant) + d.name.bits * 0xc4ceb9fe1a85ec53ull + (static_cast<std::uint64_t>(d.factor) << 40))) * 0xff51afd7ed558ccdull;
    h ^= h >> 32;
  }
  return h;
}
constexpr std::uint64_t hash_of_attributes(const attributes& a) {
  const auto h = ((static_cast<std::uint64_t>(a.a) * 0x9e3779b97f4a7c15ull + static_cast<std::uint64_t>(a.b)) * 0xff51afd7ed558ccdull +
                  static_cast<std::uint64_t>(a.c)) * 0xc4ceb9fe1a85ec53ull + a.bits;
  return hash_combine(h ^ h >> 32, a.target.rank == 0 ? 0 : hash_of_shape(a.target));
}

constexpr void print_mistake(text& out, std::string_view op, const char* problem) { out << op << ": " << problem << ": "; }
constexpr void print_operand(text& out, const operand& x) {
  out << " ";
  x.shape.print(out) << " " << to_string(x.type);
}
constexpr void print_target(text& out, const attributes& a) {
  if (a.target.rank > 0) a.target.print(out << " to ");
}

}  // namespace detail

/// One operation of a graph; small, because constant evaluation copies it often. Shapes and attributes are interned.
struct node {
  const op_info* op = nullptr;
  int first_operand = 0;
  int operand_count = 0;
  int shape = 0;
  int attributes = 0;
  dtype type = dtype::f32;
  int host = -1;  ///< the node that assembles this and others, if this is computed in its place there
  bool derived = false;  ///< part of a derivative only, whose last bits are nobody's: see condense
  std::int8_t order = 0;  ///< how often it is derived
};

/// What a graph knows of a placeholder or variable.
struct leaf {
  leaf_kind kind = leaf_kind::placeholder;
  bool trainable = false;
  int name_first = 0;
  int name_size = 0;
  int node = 0;
  initializer start{};
};

/// `variable` takes `value` at the end of a run; both are nodes.
struct assignment {
  int variable = 0;
  int value = 0;
};

/// How a graph keeps its tables: in vectors while it is built, in arrays once it is a constant.
struct growing {
  template <class T, std::size_t> using table = sequence<T>;
};
template <std::size_t... Sizes> struct frozen {
  static constexpr std::size_t sizes[sizeof...(Sizes)]{Sizes...};
  template <class T, std::size_t I> using table = std::array<T, sizes[I]>;
};

/// Some nodes, one behind the other; a std::span whose loops cost constant evaluation no calls.
struct id_range {
  const int* first = nullptr;
  int count = 0;

  constexpr const int* begin() const { return first; }
  constexpr const int* end() const { return first + count; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(count); }
  constexpr int operator[](std::size_t i) const { return first[i]; }
};

/// The middle end's one data structure: nodes in topological order, and the tables they point into.
template <class Storage> struct basic_graph {
  typename Storage::template table<node, 0> nodes{};
  typename Storage::template table<int, 1> operands{};
  typename Storage::template table<shape, 2> shapes{};
  typename Storage::template table<attributes, 3> attribute_table{};
  typename Storage::template table<leaf, 4> leaves{};
  typename Storage::template table<char, 5> names{};
  typename Storage::template table<int, 6> outputs{};
  typename Storage::template table<assignment, 7> assignments{};

  constexpr id_range operands_of(int id) const {
    const auto& n = (*this)[id];
    return {operands.data() + n.first_operand, n.operand_count};
  }
  constexpr int operand_of(int id, int i) const { return operands[static_cast<std::size_t>((*this)[id].first_operand + i)]; }
  constexpr const node& operator[](int id) const { return nodes[static_cast<std::size_t>(id)]; }
  constexpr const tapeless::shape& shape_of(int id) const { return shapes[static_cast<std::size_t>((*this)[id].shape)]; }
  constexpr const tapeless::attributes& attributes_of(int id) const { return attribute_table[static_cast<std::size_t>((*this)[id].attributes)]; }
  constexpr bool is(int id, op_kind k) const { return (*this)[id].op->kind == k; }
  constexpr const leaf& leaf_of(int id) const { return leaves[static_cast<std::size_t>(attributes_of(id).a)]; }
  constexpr std::string_view name_of(const leaf& l) const { return {names.data() + l.name_first, static_cast<std::size_t>(l.name_size)}; }
  constexpr int size() const { return static_cast<int>(nodes.size()); }
};

using graph = basic_graph<growing>;

namespace detail {
/// Index of a leaf in a graph by name; -1 if there is none.
template <class Graph> constexpr int find_leaf(const Graph& g, std::string_view name) {
  for (std::size_t i = 0; i < g.leaves.size(); ++i)
    if (g.name_of(g.leaves[i]) == name) return static_cast<int>(i);
  return -1;
}
}  // namespace detail

/// A hash of all that a graph says.
constexpr std::uint64_t content_hash(const graph& g) {
  std::uint64_t h = 0;
  for (int id = 0; id < g.size(); ++id) {
    h = hash_combine(hash_combine(hash_combine(h, g[id].op->hash), detail::hash_of_shape(g.shape_of(id)) * 8 + static_cast<std::uint64_t>(g[id].type)),
                     detail::hash_of_attributes(g.attributes_of(id)));
    for (int o : g.operands_of(id)) h = hash_combine(h, static_cast<std::uint64_t>(o));
  }
  return hash_combine(h, hash_of({g.names.data(), g.names.size()}));
}

/// The lengths of a graph's tables, in their order.
using graph_sizes = std::array<std::size_t, 8>;
template <class Graph> constexpr graph_sizes sizes_of(const Graph& g) {
  return {g.nodes.size(), g.operands.size(), g.shapes.size(), g.attribute_table.size(), g.leaves.size(), g.names.size(), g.outputs.size(), g.assignments.size()};
}

namespace detail {
template <class From, class To> constexpr void copy_table(const From& from, To& to, std::size_t n) {
  const auto* const source = from.data();  // pointers: subscripts are calls to constant evaluation
  auto* const target = to.data();
  for (std::size_t i = 0; i < n; ++i) target[i] = source[i];
}
template <class From, class To> constexpr void copy_graph(const From& g, To& f, const graph_sizes& n) {
  copy_table(g.nodes, f.nodes, n[0]), copy_table(g.operands, f.operands, n[1]), copy_table(g.shapes, f.shapes, n[2]), copy_table(g.attribute_table, f.attribute_table, n[3]);
  copy_table(g.leaves, f.leaves, n[4]), copy_table(g.names, f.names, n[5]), copy_table(g.outputs, f.outputs, n[6]), copy_table(g.assignments, f.assignments, n[7]);
}
/// A graph in tables that may be longer than needed, with the lengths that are.
template <class Graph> struct roomy {
  Graph contents{};
  graph_sizes sizes{};
};
/// Room for the graphs of most programs. What the tables of a constant do not use costs compilers next to nothing.
inline constexpr graph_sizes usual_sizes{2560, 5120, 128, 1280, 192, 3072, 48, 192};
using usual_graph = basic_graph<frozen<usual_sizes[0], usual_sizes[1], usual_sizes[2], usual_sizes[3], usual_sizes[4], usual_sizes[5], usual_sizes[6], usual_sizes[7]>>;
constexpr bool fits(const graph_sizes& needed, const graph_sizes& room) {
  for (std::size_t i = 0; i < needed.size(); ++i)
    if (needed[i] > room[i]) return false;
  return true;
}
template <class Room> constexpr roomy<Room> fill(const graph& g) {
  roomy<Room> r;  // not from a braced list: once a file has an error, g++ 12 takes no constant that one began
  r.sizes = sizes_of(g);
  copy_graph(g, r.contents, r.sizes);
  return r;
}
}  // namespace detail

/// Turns a graph that a constexpr function makes, of sizes that are known from running it before, into a constant.
template <graph_sizes S, auto Make> consteval auto freeze() {
  basic_graph<frozen<S[0], S[1], S[2], S[3], S[4], S[5], S[6], S[7]>> f;
  detail::copy_graph(Make(), f, S);
  return f;
}
/// The same, running the function once for the sizes and once for the contents.
template <auto Make> consteval auto freeze() {
  constexpr graph_sizes s = sizes_of(Make());
  return freeze<s, Make>();
}
/// The same, running the function once, for a graph that is known to have at most these sizes.
template <graph_sizes Most, auto Make> consteval auto freeze_within() {
  using room = basic_graph<frozen<Most[0], Most[1], Most[2], Most[3], Most[4], Most[5], Most[6], Most[7]>>;
  constexpr auto made = detail::fill<room>(Make());
  constexpr auto n = made.sizes;
  basic_graph<frozen<n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]>> f;
  detail::copy_graph(made.contents, f, n);
  return f;
}

}  // namespace tapeless
