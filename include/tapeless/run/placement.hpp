#pragma once
#include <tapeless/expr/on.hpp>
#include <tapeless/plan/placement.hpp>
#include <tapeless/run/bodies.hpp>

#include <cstring>
#include <string>
#include <tuple>
#include <vector>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Whether a backend's tensors stand on a device. Its executors are told what to read there or to bring there, and asked for what
/// they have computed, there or on the host.
template <class Backend> concept computes_on_device = requires { typename Backend::session_memory; };
template <class Backend> struct session_memory_of { using type = void; };
template <computes_on_device Backend> struct session_memory_of<Backend> { using type = typename Backend::session_memory; };

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

/// Runs the parts of a placed program in order, each by its backend, and brings values from one to the other. Parts on devices
/// keep their values there; what a part on the host reads of them is copied, and the other way round.
template <class Backend, class Placed> class placed_executor {
  static constexpr auto& graph = Placed::graph;
  static constexpr auto& parts = Placed::parts;
  template <int P> using part = typename Placed::template part<P>;
  template <int P> using executor_of_part = typename Placed::template backend<P>::template executor<part<P>>;
  template <int P> static constexpr bool is_on_device = computes_on_device<typename Placed::template backend<P>>;
  static constexpr bool home_is_device = computes_on_device<Backend>;

 public:
  static constexpr bool is_static = Placed::is_static;
  static constexpr std::int64_t arena_bytes = [] {
    std::int64_t total = 0;
    Placed::each_part([&](auto p) { total += executor_of_part<p>::arena_bytes < 0 ? 0 : executor_of_part<p>::arena_bytes; });
    return is_static ? total : -1;
  }();

  placed_executor() {
    Placed::each_part([&](auto p) {
      if constexpr (is_on_device<p> && !is_home<p>) at<p>().attach(std::get<p>(memories_));
    });
  }
  placed_executor(const placed_executor&) = delete;
  placed_executor& operator=(const placed_executor&) = delete;

  void bind(const binding& b) {
    Placed::each_part([&](auto p) { at<p>().bind(b); });
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<std::size_t>(b.count(shapes[i])) * widths[i];
  }
  void set_leaf(int leaf, void* data) {
    leaves_[static_cast<std::size_t>(leaf)].data = data;
    leaves_[static_cast<std::size_t>(leaf)].on_device = home_is_device && kinds[static_cast<std::size_t>(leaf)] == leaf_kind::variable;
    Placed::each_part([&](auto p) {
      if (const int own = leaf_of_part<p>[static_cast<std::size_t>(leaf)]; own >= 0) at<p>().set_leaf(own, data);
    });
  }
  void run() {
    Placed::each_part([&](auto p) {
      if constexpr (is_on_device<p>) at<p>().begin_feeds();
      [&]<int... I>(std::integer_sequence<int, I...>) { (bring<p, I>(), ...); }(std::make_integer_sequence<int, static_cast<int>(part<p>::graph.leaves.size())>{});
      at<p>().run();
    });
    [&]<std::size_t... A>(std::index_sequence<A...>) { (commit<static_cast<int>(A)>(), ...); }(std::make_index_sequence<graph.assignments.size()>{});
  }

  // Where the session computes on the host ...
  const void* output(int i) const requires(!home_is_device) {
    const void* found = nullptr;
    [&]<std::size_t... O>(std::index_sequence<O...>) { ((static_cast<int>(O) == i ? void(found = value<graph.outputs[O]>().data) : void()), ...); }(std::make_index_sequence<graph.outputs.size()>{});
    return found;
  }
  // ... and on a device.
  template <class Variables> void attach(Variables& variables) requires home_is_device {
    variables_ = &variables;
    Placed::each_part([&](auto p) {
      if constexpr (is_home<p>) at<p>().attach(variables);
    });
  }
  void begin_feeds() requires home_is_device {}
  void feed(int leaf, const void* data, std::size_t bytes, bool on_device) requires home_is_device { leaves_[static_cast<std::size_t>(leaf)] = {data, bytes, on_device}; }
  template <class T, int I, std::size_t Rank> auto result(const std::array<std::int64_t, Rank>& extents) const requires home_is_device {
    constexpr int node = graph.outputs[static_cast<std::size_t>(I)];
    return at<parts.part_of[static_cast<std::size_t>(node)]>().template result<T, parts.output_of(node)>(extents);
  }

 private:
  struct place {
    const void* data = nullptr;
    std::size_t bytes = 0;
    bool on_device = false;
  };
  template <int P> static constexpr bool is_home = parts.device[static_cast<std::size_t>(P)] == Placed::home;
  template <int P> auto& at() const { return std::get<static_cast<std::size_t>(P)>(executors_); }

  /// By leaf of the whole graph: which it is in part P; -1: none.
  template <int P> static constexpr auto leaf_of_part = [] {
    std::array<int, graph.leaves.size()> index{};
    for (std::size_t i = 0; i < index.size(); ++i) index[i] = find_leaf(part<P>::graph, graph.name_of(graph.leaves[i]));
    return index;
  }();
  static constexpr auto kinds = [] {
    std::array<leaf_kind, graph.leaves.size()> k{};
    for (std::size_t i = 0; i < k.size(); ++i) k[i] = graph.leaves[i].kind;
    return k;
  }();
  static constexpr auto shapes = [] {
    std::array<shape, graph.nodes.size()> s{};
    for (std::size_t i = 0; i < s.size(); ++i) s[i] = graph.shape_of(static_cast<int>(i));
    return s;
  }();
  static constexpr auto widths = [] {
    std::array<std::size_t, graph.nodes.size()> w{};
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<std::size_t>(size_of(graph.nodes[i].type));
    return w;
  }();

  /// Where a value stands: a leaf, or what a part has computed.
  template <int Node> place value() const {
    if constexpr (graph.is(Node, op_kind::leaf)) {
      return leaves_[static_cast<std::size_t>(graph.attributes_of(Node).a)];
    } else {
      constexpr int from = parts.part_of[static_cast<std::size_t>(Node)];
      if constexpr (is_on_device<from>) return {at<from>().output_on_device(parts.output_of(Node)), bytes_[static_cast<std::size_t>(Node)], true};
      else return {at<from>().output(parts.output_of(Node)), bytes_[static_cast<std::size_t>(Node)], false};
    }
  }
  /// The same on the host, which waits for it.
  template <int Node> const void* value_on_host() {
    if constexpr (!graph.is(Node, op_kind::leaf)) {
      constexpr int from = parts.part_of[static_cast<std::size_t>(Node)];
      if constexpr (is_on_device<from>) return at<from>().output_on_host(parts.output_of(Node));
    } else if constexpr (home_is_device) {
      auto& copy = copies_[static_cast<std::size_t>(graph.attributes_of(Node).a)];
      const place v = value<Node>();
      if (!v.on_device) return v.data;
      copy.resize(bytes_[static_cast<std::size_t>(Node)]);
      variables_->bring_to_host(copy.data(), v.data, copy.size());
      return copy.data();
    }
    return value<Node>().data;
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
  /// Gives part P its leaf I.
  template <int P, int I> void bring() {
    constexpr int node = node_of_leaf<P, I>;
    if constexpr (node >= 0) {
      constexpr int from = graph[node].op == id_of<transfer_op>() ? graph.operand_of(node, 0) : node;
      if constexpr (is_on_device<P>) {
        const place v = value<from>();
        at<P>().feed(I, v.data, bytes_[static_cast<std::size_t>(from)], v.on_device);
      } else {
        at<P>().set_leaf(I, const_cast<void*>(value_on_host<from>()));
      }
    } else if constexpr (home_is_device && is_on_device<P>) {
      if constexpr (part<P>::graph.leaves[static_cast<std::size_t>(I)].kind == leaf_kind::placeholder) {
        const place& v = leaves_[static_cast<std::size_t>(find_leaf(graph, part<P>::graph.name_of(part<P>::graph.leaves[static_cast<std::size_t>(I)])))];
        at<P>().feed(I, v.data, v.bytes, v.on_device);
      }
    }
  }
  template <int A> void commit() {
    if constexpr (parts.late[static_cast<std::size_t>(A)]) {
      constexpr int variable = graph.assignments[static_cast<std::size_t>(A)].variable, from = graph.assignments[static_cast<std::size_t>(A)].value;
      void* const to = const_cast<void*>(value<variable>().data);
      if constexpr (home_is_device) variables_->copy_on_device(to, value<from>().data, bytes_[static_cast<std::size_t>(variable)]);
      else std::memcpy(to, value<from>().data, bytes_[static_cast<std::size_t>(variable)]);
    }
  }

  template <class> struct of_parts;
  template <int... P> struct of_parts<std::integer_sequence<int, P...>> {
    struct none {};
    template <int N, bool = is_on_device<N> && !is_home<N>> struct memory_of { using type = none; };
    template <int N> struct memory_of<N, true> { using type = typename Placed::template backend<N>::part_memory; };
    using executors = std::tuple<executor_of_part<P>...>;
    using memories = std::tuple<typename memory_of<P>::type...>;
  };
  using all = of_parts<std::make_integer_sequence<int, Placed::part_count>>;
  typename all::memories memories_;  ///< of devices other than the session's; they outlive what runs there
  mutable typename all::executors executors_;
  typename session_memory_of<Backend>::type* variables_ = nullptr;
  std::array<place, graph.leaves.size()> leaves_{};
  std::array<std::size_t, graph.nodes.size()> bytes_{};
  std::array<std::vector<std::byte>, home_is_device ? graph.leaves.size() : 0> copies_;
};

}  // namespace detail

}  // namespace tapeless
