#pragma once
#include <tapeless/backend/reference/evaluation.hpp>
#include <tapeless/expr/variable.hpp>

#include <limits>
#include <span>  // with the concepts of ranges
#include <tuple>
#include <vector>

namespace tapeless::inline TAPELESS_ABI {

/// Runs programs without a plan, by plain loops: slow, simple, and the measure of the other backends.
struct reference {
  static constexpr symbol device = std::string_view("reference");
  static constexpr bool runs_as_traced = true;  ///< a limit of memory is for plans

  template <class Program> class executor {
    using evaluation = plain::evaluation<Program>;
    static constexpr auto& graph = evaluation::graph;

   public:
    static constexpr bool is_static = Program::is_static;
    /// Bytes of all nodes' buffers, where all dims are static.
    static constexpr std::int64_t arena_bytes = [] {
      std::int64_t bytes = 0;
      for (int id = 0; id < graph.size(); ++id)
        if (evaluation::is_live(id)) bytes += element_count(graph.shape_of(id)) * size_of(graph[id].type);
      return is_static ? bytes : -1;
    }();

    void bind(const binding& b) { evaluation_.bind(b); }
    /// `leaf`: index in the leaves of the simplified graph.
    void set_leaf(int leaf, void* data) {
      const auto& g = Program::graph;
      const auto name = g.name_of(g.leaves[static_cast<std::size_t>(leaf)]);
      for (std::size_t i = 0; i < leaves_.size(); ++i)
        if (graph.name_of(graph.leaves[i]) == name) leaves_[i] = data;
    }

    void run() {
      evaluation::each_leaf([&](auto id) { load<id>(); });
      evaluation_.run();
      [&]<std::size_t... A>(std::index_sequence<A...>) {
        (store<graph.assignments[A].variable, graph.assignments[A].value>(), ...);
      }(std::make_index_sequence<graph.assignments.size()>{});
    }
    const void* output(int i) const {
      return [&]<std::size_t... O>(std::index_sequence<O...>) {
        const void* found = nullptr;
        ((static_cast<int>(O) == i ? void(found = evaluation_.template data<graph.outputs[O]>()) : void()), ...);
        return found;
      }(std::make_index_sequence<graph.outputs.size()>{});
    }

   private:
    void* raw(int id) const { return leaves_[static_cast<std::size_t>(graph.attributes_of(id).a)]; }
    /// Reads a leaf. One that simplification has dropped is not set: what is fetched does not depend on it.
    template <int Id> void load() {
      using T = element_of<graph[Id].type>;
      const auto t = evaluation_.template tensor<Id>();
      const auto* from = static_cast<const T*>(raw(Id));
      for (std::int64_t i = 0; i < t.size(); ++i) t.data[i] = from != nullptr ? from[i] : std::numeric_limits<T>::quiet_NaN();
    }
    /// The variables have been copied to their nodes' buffers, so assignments cannot disturb each other.
    template <int Variable, int Value> void store() {
      const auto t = evaluation_.template tensor<Value>();
      auto* to = static_cast<decltype(t.data)>(raw(Variable));
      for (std::int64_t i = 0; i < t.size(); ++i) to[i] = t.data[i];
    }

    mutable evaluation evaluation_;
    std::array<void*, graph.leaves.size()> leaves_{};
  };
};

namespace plain {

/// Copies numbers, ranges of numbers and ranges of ranges in row-major order.
template <class T, class Data> constexpr T* copy_nested(const Data& from, T* to) {
  if constexpr (std::ranges::range<const Data&>) {
    for (const auto& x : from) to = copy_nested(x, to);
    return to;
  } else {
    *to = static_cast<T>(from);
    return to + 1;
  }
}

/// A fetched tensor by value: a number, an array where the shape is static, else a vector.
template <int Id, class Evaluation> constexpr auto fetch(Evaluation& e) {
  constexpr auto s = Evaluation::graph.shape_of(Id);
  using T = element_of<Evaluation::graph[Id].type>;
  const auto t = e.template tensor<Id>();
  if constexpr (s.rank == 0) {
    return *t.data;
  } else if constexpr (s.is_static()) {
    std::array<T, static_cast<std::size_t>(element_count(s))> result{};
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = t.data[i];
    return result;
  } else {
    return std::vector<T>(t.data, t.data + t.size());
  }
}

template <class Evaluation> constexpr auto fetch_all(Evaluation& e) {
  return [&]<std::size_t... O>(std::index_sequence<O...>) {
    return std::tuple(fetch<Evaluation::graph.outputs[O]>(e)...);
  }(std::make_index_sequence<Evaluation::graph.outputs.size()>{});
}

}  // namespace plain

/// Computes a program once, also in a constant expression: `evaluate_plainly<program<Y>>({}, x = 3.0)`.
///   b       the values of the named dims; `{}` where all are static
///   feeds   every placeholder with its data: a number, or ranges nested as deep as you like with all elements
///   result  a tuple of what is fetched: numbers for scalars, std::array for static shapes, else std::vector, row-major
///   state   variables are zeros, and assignments are not carried out
template <class Program, class... Feeds> constexpr auto evaluate_plainly(const binding& b, Feeds... feeds) {
  using evaluation = plain::evaluation<Program>;
  constexpr auto& g = evaluation::graph;
  evaluation e;
  e.bind(b);
  const auto load = [&](auto id, const auto& feed) {
    if constexpr (g.name_of(g.leaf_of(id)) == std::remove_cvref_t<decltype(feed)>::placeholder::name) plain::copy_nested(feed.data, e.template data<id>());
  };
  evaluation::each_leaf([&](auto id) { (load(id, feeds), ...); });
  e.run();
  return plain::fetch_all(e);
}

/// The same for the program of a function of numbers, whose argument i is the leaf "arg" with two digits i.
template <class Program, class... Args> constexpr auto reference_evaluate(const Args&... args) {
  using evaluation = plain::evaluation<Program>;
  evaluation e;
  e.bind({});
  evaluation::each_leaf([&](auto id) {
    if constexpr (evaluation::graph.leaf_of(id).kind != leaf_kind::bound) {
      constexpr auto name = evaluation::graph.name_of(evaluation::graph.leaf_of(id));
      constexpr auto i = static_cast<std::size_t>((name[3] - '0') * 10 + (name[4] - '0'));
      *e.template data<id>() = std::get<i>(std::tie(args...));
    }
  });
  e.run();
  return plain::fetch_all(e);
}

}  // namespace tapeless
