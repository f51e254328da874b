#pragma once
#include <tapeless/backend/reference/control.hpp>
#include <tapeless/backend/reference/loops.hpp>
#include <tapeless/graph/barrier.hpp>
#include <tapeless/plan/layout.hpp>

#include <array>
#include <limits>
#include <tuple>
#include <vector>

namespace tapeless::inline TAPELESS_ABI::plain {

/// Elements of run-time number that constant expressions can keep; std::vector<bool> has no elements to point to.
template <class T> class buffer {
 public:
  constexpr buffer() = default;
  buffer(const buffer&) = delete;
  buffer& operator=(const buffer&) = delete;
  constexpr ~buffer() { delete[] data_; }

  constexpr void resize(std::int64_t n) {
    delete[] data_;
    data_ = new T[static_cast<std::size_t>(n)]{};
  }
  constexpr T* data() const { return data_; }

 private:
  T* data_ = nullptr;
};

/// One buffer for each node of a program's graph, by dtypes: a type for each node takes long to compile.
template <class Program> class buffers {
  static constexpr auto& graph = Program::traced;
  static constexpr auto count = static_cast<std::size_t>(graph.size());

 public:
  template <dtype T> constexpr auto& of(int id) { return list<T>().memory[static_cast<std::size_t>(place[static_cast<std::size_t>(id)])]; }
  constexpr void resize(int id, std::int64_t size) {
    switch (graph[id].type) {
      case dtype::f32: return of<dtype::f32>(id).resize(size);
      case dtype::f64: return of<dtype::f64>(id).resize(size);
      case dtype::i32: return of<dtype::i32>(id).resize(size);
      case dtype::i64: return of<dtype::i64>(id).resize(size);
      case dtype::boolean: return of<dtype::boolean>(id).resize(size);
      case dtype::bf16: return of<dtype::bf16>(id).resize(size);
      case dtype::f16: return of<dtype::f16>(id).resize(size);
    }
  }

 private:
  /// Which of its dtype's nodes each one is.
  static constexpr auto place = [] {
    std::array<int, count> p{};
    std::array<int, 7> next{};
    for (std::size_t id = 0; id < count; ++id) p[id] = next[static_cast<std::size_t>(graph[static_cast<int>(id)].type)]++;
    return p;
  }();
  template <dtype T> static constexpr std::size_t count_of = [] {
    std::size_t n = 0;
    for (const auto& node : graph.nodes) n += node.type == T;
    return n;
  }();
  template <dtype T> struct of_dtype { std::array<buffer<element_of<T>>, count_of<T>> memory; };
  struct all : of_dtype<dtype::f32>, of_dtype<dtype::f64>, of_dtype<dtype::i32>, of_dtype<dtype::i64>, of_dtype<dtype::boolean>, of_dtype<dtype::bf16>, of_dtype<dtype::f16> {};
  template <dtype T> constexpr of_dtype<T>& list() { return all_; }

  all all_;
};

/// Computes a program's graph as it was written, before simplification, one node after the other, each into a buffer of
/// its own. Nothing of it is shared with what plans and runs kernels but
/// `level`, so that the two can be compared.
template <class Program> class evaluation {
 public:
  static constexpr auto& graph = Program::traced;

  constexpr void bind(const binding& b) {
    binding_ = b;
    for (int id = 0; id < graph.size(); ++id)
      if (is_live(id)) buffers_.resize(id, b.count(graph.shape_of(id)));
  }
  constexpr void run() {
    if constexpr (has_control(graph)) compute_level<&levels<Program>::outside, -1>();
    else compute_level<&live_nodes, -1>();
  }

  template <int Id> constexpr auto* data() { return buffers_.template of<graph[Id].type>(Id).data(); }
  template <int Id> constexpr auto tensor() { return view_of(data<Id>(), graph.shape_of(Id)); }

  /// Whether something fetched depends on a node.
  static constexpr bool is_live(int id) { return live[static_cast<std::size_t>(id)]; }
  /// Visits the numbers of the leaves that something fetched depends on.
  template <class F> static constexpr void each_leaf(F visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (visit(std::integral_constant<int, live_leaves[I]>{}), ...); }(std::make_index_sequence<live_leaves.size()>{});
  }

 private:
  static constexpr auto live = [] {
    std::array<bool, Program::traced.nodes.size()> l{};
    for (int o : graph.outputs) l[static_cast<std::size_t>(o)] = true;
    for (const auto& a : graph.assignments) l[static_cast<std::size_t>(a.variable)] = l[static_cast<std::size_t>(a.value)] = true;
    for (int id = graph.size() - 1; id >= 0; --id)
      if (l[static_cast<std::size_t>(id)])
        for (int i = value_operands(graph[id].op, graph[id].operand_count); i-- > 0;) l[static_cast<std::size_t>(graph.operand_of(id, i))] = true;
    return l;
  }();
  template <bool (*Chosen)(int)> static constexpr auto list() {
    constexpr auto count = [] {
      std::size_t n = 0;
      for (int id = 0; id < graph.size(); ++id) n += Chosen(id);
      return n;
    }();
    std::array<int, count> nodes{};
    std::size_t n = 0;
    for (int id = 0; id < graph.size(); ++id)
      if (Chosen(id)) nodes[n++] = id;
    return nodes;
  }
  static constexpr bool is_live_leaf(int id) { return is_live(id) && graph.is(id, op_kind::leaf); }
  static constexpr auto live_nodes = list<is_live>();
  static constexpr auto live_leaves = list<is_live_leaf>();  // of another type: no second declarator of one auto

  template <class T> constexpr tensor_view<T> view_of(T* data, const shape& s) const {
    tensor_view<T> t{.data = data, .rank = s.rank};
    std::int64_t stride = 1;
    for (int axis = s.rank - 1; axis >= 0; --axis) {
      const auto n = static_cast<std::size_t>(axis);
      t.extents[n] = binding_(s[axis]);
      t.strides[n] = stride;
      stride *= t.extents[n];
    }
    return t;
  }

  /// `Nodes`: points to their numbers. `Result`: of the loop in whose body they are; -1: outside.
  template <auto Nodes, int Result> constexpr void compute_level() {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (compute_node<(*Nodes)[I], Result>(), ...);
    }(std::make_index_sequence<Nodes->size()>{});
  }
  /// A function of its own: nvcc hands g++ what make_index_sequence stands for, which g++ refuses within a fold.
  template <int Id, int Result> constexpr void compute_node() { compute_node<Id, Result>(std::make_index_sequence<static_cast<std::size_t>(graph[Id].operand_count)>{}); }
  template <int To, int From> constexpr void copy_part(std::int64_t to, std::int64_t from, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) data<To>()[to + i] = data<From>()[from + i];
  }
  constexpr std::int64_t count_of(int id) const { return binding_.count(graph.shape_of(id)); }

  /// Runs a loop for one of its results.
  template <int Result> constexpr void run_loop() {
    constexpr int loop = graph.operand_of(Result, 0);
    constexpr auto f = loop_form::of(graph.attributes_of(loop));
    constexpr auto at = [](int i) { return graph.operand_of(loop, i); };
    constexpr bool stacks = graph[Result].op == id_of<stacked_op>();
    const auto each = [](auto visit, auto count) { [&]<int... I>(std::integer_sequence<int, I...>) { (visit(std::integral_constant<int, I>{}), ...); }(std::make_integer_sequence<int, count()>{}); };
    constexpr std::integral_constant<int, f.carried> carried{};
    constexpr std::integral_constant<int, f.sliced> sliced{};
    each([&](auto i) { copy_part<at(f.carried_argument(i)), at(f.first(i))>(0, 0, count_of(at(f.first(i)))); }, carried);
    std::int64_t most = graph.shape_of(loop).rank == 0 ? std::numeric_limits<std::int64_t>::max() : binding_(graph.shape_of(loop)[0]);
    if constexpr (f.counted) most = *data<at(f.count())>();
    if constexpr (stacks)
      for (std::int64_t i = 0; i < count_of(Result); ++i) data<Result>()[i] = {};
    std::int64_t step = 0;
    for (; step < most; ++step) {
      if constexpr (f.conditional) {
        compute_level<&levels<Program>::template body<Result, body_part::condition>, Result>();
        if (!*data<at(f.condition())>()) break;
      }
      const auto place = f.backward ? most - 1 - step : step;
      each([&](auto i) {
        const auto n = count_of(at(f.element_argument(i)));
        copy_part<at(f.element_argument(i)), at(f.sequence(i))>(0, place * n, n);
      }, sliced);
      compute_level<&levels<Program>::template body<Result, body_part::step>, Result>();
      if constexpr (stacks) {
        constexpr int v = graph.operand_of(Result, 1);
        copy_part<Result, v>(place * count_of(v), 0, count_of(v));
      }
      move_on<loop, f.carried>(std::make_index_sequence<static_cast<std::size_t>(f.carried)>{});
    }
    if constexpr (graph[Result].op == id_of<final_op>()) {
      constexpr int last = at(f.carried_argument(static_cast<int>(graph.attributes_of(Result).a)));
      copy_part<Result, last>(0, 0, count_of(last));
    } else if constexpr (graph[Result].op == id_of<steps_op>()) {
      *data<Result>() = static_cast<std::int32_t>(step);
    }
  }
  /// All carried values change at once, so that two may change places.
  template <int Loop, int Carried, std::size_t... I> constexpr void move_on(std::index_sequence<I...>) {
    constexpr auto f = loop_form::of(graph.attributes_of(Loop));
    std::tuple next{copy_of<graph.operand_of(Loop, f.next(static_cast<int>(I)))>()...};
    [[maybe_unused]] const auto store = [&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
      std::int64_t i = 0;
      for (const auto& x : std::get<K>(next)) data<graph.operand_of(Loop, f.carried_argument(static_cast<int>(K)))>()[i++] = x;
    };
    (store(std::integral_constant<std::size_t, I>{}), ...);
  }
  template <int Id> constexpr auto copy_of() {
    using T = element_of<graph[Id].type>;
    return std::vector<std::conditional_t<std::is_same_v<T, bool>, char, T>>(data<Id>(), data<Id>() + count_of(Id));
  }

  template <int Id, int Result> constexpr void compute_control() {
    if constexpr (graph[Id].op == id_of<choice_op>()) {
      constexpr int a = graph.operand_of(Id, 1), b = graph.operand_of(Id, 2);
      if (*data<graph.operand_of(Id, 0)>()) {
        compute_level<&levels<Program>::template branch<Id, 1, Result>, Result>();
        copy_part<Id, a>(0, 0, count_of(Id));
      } else {
        compute_level<&levels<Program>::template branch<Id, 2, Result>, Result>();
        copy_part<Id, b>(0, 0, count_of(Id));
      }
    } else if constexpr (graph[Id].op != id_of<loop_op>()) {
      run_loop<Id>();
    }
  }

  template <int Id, int Result = -1, std::size_t... I> constexpr void compute_node(std::index_sequence<I...>) {
    using T = element_of<graph[Id].type>;
    if constexpr (graph.is(Id, op_kind::control)) {
      compute_control<Id, Result>();
    } else if constexpr (graph.is(Id, op_kind::leaf)) {
      if constexpr (graph.leaf_of(Id).kind == leaf_kind::extent) *data<Id>() = static_cast<T>(binding_.count(graph.attributes_of(Id).target));
    } else if constexpr (graph.is(Id, op_kind::constant)) {
      *data<Id>() = static_cast<T>(graph.attributes_of(Id).number());
    } else {
      compute(tag<op_of<graph[Id].op>>{}, graph.attributes_of(Id), tensor<Id>(), read_only(tensor<graph.operand_of(Id, static_cast<int>(I))>())...);
    }
  }
  template <class T> static constexpr tensor_view<const T> read_only(const tensor_view<T>& t) { return {t.data, t.rank, t.extents, t.strides}; }

  buffers<Program> buffers_;
  binding binding_;
};

}  // namespace tapeless::plain
