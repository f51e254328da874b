#pragma once
#include <tapeless/backend/reference/control.hpp>
#include <tapeless/backend/reference/loops.hpp>
#include <tapeless/graph/barrier.hpp>
#include <tapeless/plan/layout.hpp>

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

template <int I, class T> struct node_buffer { buffer<T> memory; };
template <int I, class T> constexpr buffer<T>& buffer_of(node_buffer<I, T>& n) { return n.memory; }

/// One buffer for each node of a program's graph.
template <class Program, class = std::make_integer_sequence<int, Program::traced.size()>> struct buffers;
template <class Program, int... I> struct buffers<Program, std::integer_sequence<int, I...>> : node_buffer<I, element_of<Program::traced[I].type>>... {};

/// Computes a program's graph as it was written, before simplification, one node after the other, each into a buffer of
/// its own. Nothing of it is shared with what plans and runs kernels but
/// `level`, so that the two can be compared.
template <class Program> class evaluation {
 public:
  static constexpr auto& graph = Program::traced;

  constexpr void bind(const binding& b) {
    binding_ = b;
    each_node([&](auto id) { buffer_of<id>(buffers_).resize(b.count(graph.shape_of(id))); });
  }
  constexpr void run() {
    if constexpr (has_control(graph)) compute_level<&levels<Program>::outside, -1>();
    else each_node([&](auto id) { compute_node<id>(std::make_index_sequence<static_cast<std::size_t>(graph[id].operand_count)>{}); });
  }

  template <int Id> constexpr auto* data() { return buffer_of<Id>(buffers_).data(); }
  template <int Id> constexpr auto tensor() {
    const auto& s = graph.shape_of(Id);
    tensor_view<element_of<graph[Id].type>> t{.data = data<Id>(), .rank = s.rank};
    std::int64_t stride = 1;
    for (int axis = s.rank - 1; axis >= 0; --axis) {
      const auto n = static_cast<std::size_t>(axis);
      t.extents[n] = binding_(s[axis]);
      t.strides[n] = stride;
      stride *= t.extents[n];
    }
    return t;
  }

  /// Visits the numbers of the nodes that something fetched depends on.
  template <class F> static constexpr void each_node(F visit) {
    [&]<int... I>(std::integer_sequence<int, I...>) {
      const auto one = [&](auto id) {
        if constexpr (live[static_cast<std::size_t>(id())]) visit(id);
      };
      (one(std::integral_constant<int, I>{}), ...);
    }(std::make_integer_sequence<int, graph.size()>{});
  }
  template <class F> static constexpr void each_leaf(F visit) {
    each_node([&](auto id) {
      if constexpr (graph.is(id, op_kind::leaf)) visit(id);
    });
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

  /// `Nodes`: points to their numbers. `Result`: of the loop in whose body they are; -1: outside.
  template <auto Nodes, int Result> constexpr void compute_level() {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (compute_node<(*Nodes)[I], Result>(std::make_index_sequence<static_cast<std::size_t>(graph[(*Nodes)[I]].operand_count)>{}), ...);
    }(std::make_index_sequence<Nodes->size()>{});
  }
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
