#pragma once
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/run/bodies.hpp>
#include <tapeless/run/random_start.hpp>
#include <tapeless/run/runner.hpp>
#include <tapeless/run/within.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Index of the variable that has this name; -1 where there is none, and `m` tells those that there are.
template <class Program> constexpr int find_variable(text& m, std::string_view name) {
  const auto& g = Program::graph;
  const int found = find_leaf(g, name);
  if (found >= 0 && g.leaves[static_cast<std::size_t>(found)].kind == leaf_kind::variable) return found;
  m << "session: nothing fetched uses a variable \"" << name << "\"; there ";
  int count = 0;
  for (const auto& l : g.leaves) {
    if (l.kind != leaf_kind::variable) continue;
    m << (count++ > 0 ? ", \"" : "is \"") << g.name_of(l) << "\"";
    print_operand(m, {g[l.node].type, g.shape_of(l.node)});
  }
  if (count == 0) m << "is none";
  return -1;
}
template <class Program, fixed_string Name> constexpr text check_variable_name() {
  text m;
  find_variable<Program>(m, Name.view());
  return m;
}
template <class Program, class Variable> constexpr text check_variable() {
  text m;
  const auto& g = Program::graph;
  const int found = find_variable<Program>(m, Variable::name);
  if (found < 0) return m;
  const int node = g.leaves[static_cast<std::size_t>(found)].node;
  if (g[node].type == Variable::type && g.shape_of(node) == Variable::shape) return m;
  print_operand(m << "session: the variable \"" << Variable::name << "\"", {Variable::type, Variable::shape});
  print_operand(m << " is in what is fetched", {g[node].type, g.shape_of(node)});
  return m;
}
/// A part of a session's fetches shares the session's variables, so it may have no others.
template <class Program, class Part> constexpr text check_part() {
  text m;
  for (const auto& l : Part::graph.leaves)
    if (l.kind == leaf_kind::variable && m.empty() && find_leaf(Program::graph, Part::graph.name_of(l)) < 0)
      m << "run: what is fetched uses a variable \"" << Part::graph.name_of(l) << "\" that the session does not have: nothing it was made for depends on it";
  return m;
}

/// The memory of a program's variables, one block; the values outlive every run.
template <class Program> struct variable_store {
  std::unique_ptr<std::byte[]> block;
  std::array<void*, Program::graph.leaves.size()> data{};  ///< by leaf; null for others

  variable_store() {
    using leaves = leaf_table<Program>;
    const auto bytes = [](const auto& l) { return l.kind == leaf_kind::variable ? align_up(element_count(l.shape) * size_of(l.type)) : 0; };
    std::int64_t total = arena_alignment;
    for (const auto& l : leaves::records) total += bytes(l);
    block = std::make_unique<std::byte[]>(static_cast<std::size_t>(total));
    void* at = block.get();
    auto room = static_cast<std::size_t>(total);
    std::align(static_cast<std::size_t>(arena_alignment), 1, at, room);
    for (std::size_t i = 0; i < leaves::size; ++i) {
      if (leaves::records[i].kind == leaf_kind::variable) data[i] = at;
      at = static_cast<std::byte*>(at) + bytes(leaves::records[i]);
    }
  }
  /// Lets `start` set all of them.
  template <class F> void fill(F start) { start(data); }
  /// Room for the addresses of a program's leaves.
  template <std::size_t Leaves> std::array<void*, Leaves> addresses() const { return {}; }
};
/// That of a backend on a device is its own.
template <class Backend, class Program> struct variables_of { using type = variable_store<Program>; };
template <class Backend, class Program> requires requires { typename Backend::template variables<Program>; }
struct variables_of<Backend, Program> { using type = typename Backend::template variables<Program>; };

}  // namespace detail

/// What to fetch in one run, when it is not all that the session was made for: `session.run(tl::fetch(accuracy), x = xs)`.
template <class... Fetches> struct fetch_list {};
template <class... Fetches> requires((expression<Fetches> || action<Fetches>) && ...) constexpr fetch_list<Fetches...> fetch(Fetches...) { return {}; }

/// Runs what is fetched, again and again, on one backend. Made by `session<Backend>(fetches...)`.
///   variables    keep their values between runs; begin as `initialize(0)` says
///   memory       one block, planned at compile time; `arena_bytes` is a constant when all dims are static
///   errors       wrong feeds do not compile, or throw feed_error and change nothing where only the run can tell
template <class Backend, class... Fetches> class session_type {
 public:
  using program = detail::program_for<Backend, Fetches...>;
  static constexpr std::int64_t arena_bytes = detail::executor_for<Backend, program>::arena_bytes;

  /// What was planned at compile time; bytes and FLOPs are known then only if all dims are static, else -1.
  static constexpr plan_report report{program::traced.size(), program::graph.size(), program::kernels, arena_bytes,
                                      program::is_static ? flops_of<program>(binding{}) : -1,
                                      program::is_static ? bytes_of<program>(binding{}) : -1, detail::computed_again<program>()};

  /// Begins with its variables as `initialize(0)` sets them.
  session_type() : runner_(memory_of<program>()) {
    random_state_[1] = 1;
    if constexpr (has_variables) initialize(0);
  }
  session_type(const session_type&) = delete;
  session_type& operator=(const session_type&) = delete;

  /// Sets every variable to its initial value, and the random stream to its start.
  void initialize(std::uint64_t seed) {
    using leaves = leaf_table<program>;
    variables_.fill([seed](const auto& data) {
      for (std::size_t i = 0; i < leaves::size; ++i)
        if (leaves::records[i].kind == leaf_kind::variable)
          initialize_variable(data[i], leaves::records[i].type, leaves::records[i].shape, leaves::records[i].start, seed, leaves::name(i));
    });
    random_state_[0] = static_cast<std::int64_t>(seed);
    random_state_[1] = 1;
  }

  /// Runs everything fetched with these feeds, in any order: `run(x = xs, y = ys)`. Returns a tuple with, for each fetched
  /// expression, a number if it is a scalar, else a view that is valid until the next run. Assignments return nothing.
  template <class... Feeds> [[gnu::always_inline]] auto run(Feeds... feeds) {
    if constexpr (verify<&detail::check_feeds<program, Feeds...>>()) {
      return run_and_count(runner_, feeds...);
    } else {
      return runner_.run();  // of the same type, so that what takes the result is no second error
    }
  }
  /// Runs only a part, which may be any expressions and actions over the session's variables. The first such run makes a
  /// block of memory for it.
  template <class... Part, class... Feeds> auto run(fetch_list<Part...>, Feeds... feeds) {
    using part = detail::program_for<Backend, Part...>;
    if constexpr (verify<&first_trace<Part...>::check>() && verify<&detail::check_part<program, part>>() && verify<&detail::check_feeds<part, Feeds...>>()) {
      return run_and_count(parts_.template get<detail::runner<Backend, part>>(memory_of<part>()), feeds...);
    } else {
      return parts_.template get<detail::runner<Backend, part>>(memory_of<part>()).run();
    }
  }

  /// The value of a variable, to read or to write.
  template <variable_expression Variable> auto operator[](Variable) {
    if constexpr (verify<&detail::check_variable<program, Variable>>()) {
      constexpr int leaf = detail::find_leaf(program::graph, Variable::name);
      return tensor<leaf>();
    }
  }
  /// The same by full name, for variables in scopes: `session.variable<"hidden/weights">()`.
  template <fixed_string Name> auto variable() {
    if constexpr (verify<&detail::check_variable_name<program, Name>>()) {
      constexpr int leaf = detail::find_leaf(program::graph, Name.view());
      return tensor<leaf>();
    }
  }

  /// On a device: runs are issued to this stream of the caller's, which outlives the session; a null pointer: to the session's own
  /// again. Waits for what has been issued.
  template <class Stream> requires requires { Backend::takes_streams; } void use_stream(Stream* stream) { variables_.use_stream(stream); }
  /// On a device, to find a fault: from now on runs are issued kernel by kernel, each is waited for, and the error names the one that
  /// has failed. Without that it shows when something is waited for, and nobody knows whose it is.
  void check_each_launch(bool is) requires requires { Backend::takes_streams; } { variables_.check_each_launch(is); }

 private:
  static constexpr bool has_variables = [] {
    for (const auto& l : program::graph.leaves)
      if (l.kind == leaf_kind::variable) return true;
    return false;
  }();
  /// A function of its own, in whose outermost block the results stand: else g++ 12 copies them.
  template <class Runner, class... Feeds> [[gnu::always_inline]] auto run_and_count(Runner& runner, Feeds... feeds) {
    auto results = runner.run(feeds...);
    ++random_state_[1];  // a run that fails does not count
    return results;
  }

  /// The session's memory in the order of the leaves of a program over the same variables.
  template <class Program> auto memory_of() {
    static constexpr auto own_leaf = [] {
      std::array<int, leaf_table<Program>::size> index{};
      for (std::size_t i = 0; i < index.size(); ++i) index[i] = detail::find_leaf(program::graph, leaf_table<Program>::name(i));
      return index;
    }();
    auto memory = variables_.template addresses<leaf_table<Program>::size>();
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const auto kind = leaf_table<Program>::records[i].kind;
      if (kind == leaf_kind::variable) memory[i] = variables_.data[static_cast<std::size_t>(own_leaf[i])];
      if (kind == leaf_kind::random) memory[i] = random_state_.get();
    }
    return memory;
  }
  template <int Leaf> auto tensor() {
    static constexpr auto leaf = leaf_table<program>::records[static_cast<std::size_t>(Leaf)];
    array_view<element_of<leaf.type>, static_cast<std::size_t>(leaf.shape.rank)> v;
    v.elements = static_cast<element_of<leaf.type>*>(variables_.data[static_cast<std::size_t>(Leaf)]);
    for (int i = 0; i < leaf.shape.rank; ++i) v.extents[static_cast<std::size_t>(i)] = leaf.shape[i].constant;
    if constexpr (requires { Backend::takes_streams; }) return variables_.handle(static_cast<std::size_t>(Leaf), v);
    else return v;
  }

  typename detail::variables_of<Backend, program>::type variables_;
  std::unique_ptr<std::int64_t[]> random_state_ = std::make_unique<std::int64_t[]>(2);  ///< seed and number of the next run
  detail::runner<Backend, program> runner_;
  detail::once parts_;
};

namespace detail {
/// Stands for a session of a mistake, so that using it is no second error.
template <class... Fetches> struct refused_session {
  void initialize(std::uint64_t) {}
  template <class Fetch> static auto result() {
    if constexpr (!expression<Fetch>) return std::tuple<>();
    else if constexpr (Fetch::shape.rank == 0) return std::tuple<double>();
    else return std::tuple<array_view<element_of<Fetch::type>, static_cast<std::size_t>(Fetch::shape.rank)>>();
  }
  template <class... Feeds> auto run(Feeds...) { return std::tuple_cat(result<Fetches>()...); }
  template <variable_expression Variable> auto operator[](Variable) { return array_view<element_of<Variable::type>, static_cast<std::size_t>(Variable::shape.rank)>{}; }
};
}  // namespace detail

/// A session that fetches these expressions and actions: `auto session = tl::session<tl::simd>(loss, update);`
template <class Backend, class... Fetches> requires((expression<Fetches> || action<Fetches>) && ...) auto session(Fetches...) {
  if constexpr (!(Fetches::sound && ...)) return detail::refused_session<Fetches...>();
  else if constexpr (verify<&first_trace<Fetches...>::check>() && detail::verify_limit<Backend, Fetches...>()) return session_type<Backend, Fetches...>();
  else return detail::refused_session<Fetches...>();
}

}  // namespace tapeless
