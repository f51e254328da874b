#pragma once
#include <tapeless/backend/reference/loops.hpp>
#include <tapeless/plan/layout.hpp>

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
/// its own. Nothing of it is shared with what plans and runs kernels, so that the two can be compared.
template <class Program> class evaluation {
 public:
  static constexpr auto& graph = Program::traced;

  constexpr void bind(const binding& b) {
    binding_ = b;
    each_node([&](auto id) { buffer_of<id>(buffers_).resize(b.count(graph.shape_of(id))); });
  }
  constexpr void run() {
    each_node([&](auto id) { compute_node<id>(std::make_index_sequence<static_cast<std::size_t>(graph[id].operand_count)>{}); });
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
        for (int o : graph.operands_of(id)) l[static_cast<std::size_t>(o)] = true;
    return l;
  }();

  template <int Id, std::size_t... I> constexpr void compute_node(std::index_sequence<I...>) {
    using T = element_of<graph[Id].type>;
    if constexpr (graph.is(Id, op_kind::leaf)) {
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
