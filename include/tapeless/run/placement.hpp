#pragma once
#include <tapeless/expr/on.hpp>
#include <tapeless/plan/placement.hpp>
#include <tapeless/run/bodies.hpp>

#include <cstring>
#include <string>
#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// What a backend of a processor does with memory. Backends of a device have a member `memory` of this form.
struct host_memory {
  static constexpr bool is_host = true;
};
template <class Backend> struct memory_of { using type = host_memory; };
template <class Backend> requires requires { typename Backend::memory; } struct memory_of<Backend> { using type = typename Backend::memory; };

/// A partition in tables of constants.
template <std::size_t Parts, std::size_t Nodes, std::size_t Assignments> struct frozen_partition {
  std::array<symbol, Parts> device{};
  std::array<int, Nodes> part_of{};
  std::array<bool, Nodes> given{};
  std::array<bool, Assignments> late{};

  /// Which of its part's outputs a node is.
  constexpr int output_of(int node) const {
    int n = 0;
    for (int id = 0; id < node; ++id) n += given[static_cast<std::size_t>(id)] && part_of[static_cast<std::size_t>(id)] == part_of[static_cast<std::size_t>(node)];
    return n;
  }
};

/// One part of a program that several backends run: a program of its own.
template <class Placed, int Part> struct placed_part {
  static constexpr bool sound = true;
  static constexpr auto simplified = freeze<[] { return cut_part(Placed::graph, divide(Placed::graph, Placed::home), Part); }>();
  static constexpr auto& traced = simplified;
  static constexpr auto graph = legal_graph<simplified>();
  static constexpr auto plan = freeze_plan<graph, [] { return lower(graph); }>();
  static constexpr bool is_static = has_static_shapes(graph);
  static constexpr int kernels = static_cast<int>(plan.kernels.size());
};

template <class Backend, class Placed> class placed_executor;

}  // namespace detail

/// A program some of whose nodes stand on other backends than that of its session, as `on` says. Its graph shows the transfers.
template <class Backend, class Program> struct placed_program {
  static constexpr bool sound = Program::sound;
  static constexpr auto& traced = Program::traced;
  static constexpr symbol home = Backend::device;
  static_assert(entered<device_key<home.bits>, Backend>);
  static constexpr auto graph = freeze<[] { return resolve_transfers(simplify(resolve_transfers(traced, home)), home); }>();
  static constexpr int transfers = [] {
    int n = 0;
    for (const auto& x : graph.nodes) n += x.op == id_of<transfer_op>();
    return n;
  }();
  static constexpr int part_count = static_cast<int>(divide(graph, home).parts.size());
  static constexpr auto parts = [] {
    detail::frozen_partition<static_cast<std::size_t>(part_count), graph.nodes.size(), graph.assignments.size()> f;
    const partition p = divide(graph, home);
    for (std::size_t i = 0; i < f.device.size(); ++i) f.device[i] = p.parts[i].device;
    for (std::size_t i = 0; i < f.part_of.size(); ++i) f.part_of[i] = p.part_of[i], f.given[i] = p.given[i] != 0;
    for (std::size_t i = 0; i < f.late.size(); ++i) f.late[i] = p.late[i] != 0;
    return f;
  }();
  static constexpr text check() {
    const partition p = divide(graph, home);
    return p.mistake == nullptr ? text() : text(p.mistake);
  }
  static_assert(verify<&placed_program::check>());

  template <int Part> using backend = registered_as<device_key<parts.device[static_cast<std::size_t>(Part)].bits>>;
  template <int Part> static auto planned_part() {
    using plain = detail::placed_part<placed_program, Part>;
    if constexpr (requires { typename backend<Part>::template program<plain>; }) return std::type_identity<typename backend<Part>::template program<plain>>();
    else return std::type_identity<plain>();
  }
  template <int Part> using part = typename decltype(planned_part<Part>())::type;

  template <class F> static constexpr void each_part(F f) {
    [&]<int... P>(std::integer_sequence<int, P...>) { (f(std::integral_constant<int, P>{}), ...); }(std::make_integer_sequence<int, part_count>{});
  }
  template <class F> static constexpr std::int64_t sum_of_parts(F f) {
    std::int64_t total = 0;
    each_part([&](auto p) { total += f(std::type_identity<part<p>>{}); });
    return total;
  }
  static std::string text_of_parts() {
    std::string out = to_string(graph);
    each_part([&](auto p) {
      text device;
      parts.device[static_cast<std::size_t>(p())].print(device);
      out += "part " + std::to_string(p()) + " on " + std::string(device.view()) + ":\n" + to_string<part<p>>();
    });
    return out;
  }

  static constexpr bool is_static = has_static_shapes(graph);
  static constexpr int kernels = [] {
    int n = 0;
    each_part([&](auto p) { n += part<p>::kernels; });
    return n;
  }();
  template <class> using executor = detail::placed_executor<Backend, placed_program>;
};

namespace detail {

/// Runs the parts of a placed program in order, each by its backend, and brings values from one to the other.
template <class Backend, class Placed> class placed_executor {
  static constexpr auto& graph = Placed::graph;
  static constexpr auto& parts = Placed::parts;
  template <int P> using part = typename Placed::template part<P>;
  template <int P> using executor_of_part = typename Placed::template backend<P>::template executor<part<P>>;

 public:
  static constexpr bool is_static = Placed::is_static;
  static constexpr std::int64_t arena_bytes = [] {
    std::int64_t total = 0;
    Placed::each_part([&](auto p) { total += executor_of_part<p>::arena_bytes < 0 ? 0 : executor_of_part<p>::arena_bytes; });
    return is_static ? total : -1;
  }();

  placed_executor() = default;
  placed_executor(const placed_executor&) = delete;
  placed_executor& operator=(const placed_executor&) = delete;

  void bind(const binding& b) {
    Placed::each_part([&](auto p) { std::get<p>(executors_).bind(b); });
  }
  void set_leaf(int leaf, void* data) {
    leaves_[static_cast<std::size_t>(leaf)] = data;
    Placed::each_part([&](auto p) {
      if (const int own = leaf_of_part<p>[static_cast<std::size_t>(leaf)]; own >= 0) std::get<p>(executors_).set_leaf(own, data);
    });
  }
  void run() {
    Placed::each_part([&](auto p) {
      [&]<int... I>(std::integer_sequence<int, I...>) { (bring<p, I>(), ...); }(std::make_integer_sequence<int, static_cast<int>(part<p>::graph.leaves.size())>{});
      std::get<p>(executors_).run();
    });
    [&]<std::size_t... A>(std::index_sequence<A...>) { (commit<static_cast<int>(A)>(), ...); }(std::make_index_sequence<graph.assignments.size()>{});
  }
  const void* output(int i) const {
    const void* found = nullptr;
    [&]<std::size_t... O>(std::index_sequence<O...>) { ((static_cast<int>(O) == i ? void(found = value<graph.outputs[O]>()) : void()), ...); }(std::make_index_sequence<graph.outputs.size()>{});
    return found;
  }

 private:
  /// By leaf of the whole graph: which it is in part P; -1: none.
  template <int P> static constexpr auto leaf_of_part = [] {
    std::array<int, graph.leaves.size()> index{};
    for (std::size_t i = 0; i < index.size(); ++i) index[i] = find_leaf(part<P>::graph, graph.name_of(graph.leaves[i]));
    return index;
  }();
  /// Where a value stands that a part has computed.
  template <int Node> const void* value() const {
    if constexpr (graph.is(Node, op_kind::leaf)) return leaves_[static_cast<std::size_t>(graph.attributes_of(Node).a)];
    else return std::get<static_cast<std::size_t>(parts.part_of[static_cast<std::size_t>(Node)])>(executors_).output(parts.output_of(Node));
  }
  /// The node of the whole graph that leaf I of part P stands for; -1: a leaf of the whole graph.
  template <int P, int I> static constexpr int node_of_leaf = [] {
    constexpr std::string_view word = "value ";
    const auto name = part<P>::graph.name_of(part<P>::graph.leaves[static_cast<std::size_t>(I)]);
    if (!name.starts_with(word)) return -1;
    int node = 0;
    for (char c : name.substr(word.size())) node = 10 * node + (c - '0');
    return node;
  }();
  template <int P, int I> void bring() {
    constexpr int node = node_of_leaf<P, I>;
    if constexpr (node >= 0) {
      constexpr bool crosses = graph[node].op == id_of<transfer_op>();
      constexpr int from = crosses ? graph.operand_of(node, 0) : node;
      using to_memory = typename memory_of<typename Placed::template backend<P>>::type;
      using from_memory = typename memory_of<registered_as<device_key<device_of<from>.bits>>>::type;
      if constexpr (!crosses || std::same_as<to_memory, from_memory>) std::get<P>(executors_).set_leaf(I, const_cast<void*>(value<from>()));
      else static_assert(sizeof(Placed) == 0, "tapeless: on: there is no way between the memories of these backends");
    }
  }
  template <int Node> static constexpr symbol device_of = graph.is(Node, op_kind::leaf) ? Placed::home : parts.device[static_cast<std::size_t>(std::max(0, parts.part_of[static_cast<std::size_t>(Node)]))];
  template <int A> void commit() {
    if constexpr (parts.late[static_cast<std::size_t>(A)]) {
      constexpr int variable = graph.assignments[static_cast<std::size_t>(A)].variable;
      constexpr auto bytes = static_cast<std::size_t>(element_count(graph.shape_of(variable)) * size_of(graph[variable].type));
      std::memcpy(const_cast<void*>(value<variable>()), value<graph.assignments[static_cast<std::size_t>(A)].value>(), bytes);
    }
  }

  template <class> struct all_executors;
  template <int... P> struct all_executors<std::integer_sequence<int, P...>> { using type = std::tuple<executor_of_part<P>...>; };
  typename all_executors<std::make_integer_sequence<int, Placed::part_count>>::type executors_;
  std::array<void*, graph.leaves.size()> leaves_{};
};

}  // namespace detail

}  // namespace tapeless
