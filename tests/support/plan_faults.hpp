#pragma once
#include "graph_text.hpp"

#include <random>
#include <tapeless/plan/lower.hpp>
#include <tapeless/plan/memory.hpp>
#include <tapeless/plan/report.hpp>

namespace tapeless::test {

/// A graph made legal, and its plan.
struct planned {
  tapeless::graph graph;
  tapeless::plan plan;
};
constexpr planned plan_graph(const tapeless::graph& g) {
  planned r;
  r.graph = legalise(simplify(g));
  r.plan = lower(r.graph);
  return r;
}
template <class Body> constexpr planned plan_of(Body body) { return plan_graph(graph_of(body)); }
template <class Body> std::string plan_text(Body body) {
  const auto r = plan_of(body);
  return to_string(r.graph, r.plan);
}
inline std::string plan_text(const planned& r) { return to_string(r.graph, r.plan); }

/// What is wrong with the order of a plan's kernels: each storage is written once, or part by part, before it is read, and
/// not read when its life is over; a variable is not read once its new value stands in it.
inline std::string order_faults(const planned& r) {
  std::string faults;
  const auto& p = r.plan;
  std::vector<int> writer(p.storages.size(), -1), writer_of_node(static_cast<std::size_t>(r.graph.size()), -1);
  int index = 0;
  for (const auto& k : p.kernels) {
    const std::string where = "kernel " + std::to_string(index) + ": ";
    for (int i = 0; i < k.access_count; ++i) {
      const auto& a = p.accesses[static_cast<std::size_t>(k.first_access + i)];
      const auto s = static_cast<std::size_t>(a.storage);
      const auto kind = p.storages[s].kind;
      const int root = root_of(r.graph, a.node);
      const bool in_parts = r.graph[root].host >= 0 || k.kind == kernel_kind::assembly;
      const int written = r.graph[root].host >= 0 ? writer_of_node[static_cast<std::size_t>(root)] : writer[s];
      if (a.write) {
        if (written >= 0 && !in_parts) faults += where + "writes a storage twice\n";
        writer_of_node[static_cast<std::size_t>(root)] = index;
        const bool in_memory = kind == storage_kind::arena || kind == storage_kind::block;
        if (!in_memory && kind != storage_kind::variable) faults += where + "writes what is fed\n";
        if (in_memory && (in_parts ? p.storages[s].first_kernel > index : p.storages[s].first_kernel != index)) faults += where + "is not the one that should write this\n";
        writer[s] = index;
      } else if (kind == storage_kind::block) {
        if (writer[s] != index - 1 || !k.epilogue) faults += where + "reads what is there by blocks only\n";
      } else if (kind == storage_kind::arena) {
        if (written < 0 && p.storages[s].first_kernel >= 0) faults += where + "reads what is not written yet\n";
        if (written == index) faults += where + "reads what it writes\n";
        if (p.storages[s].last_kernel < index) faults += where + "reads what is dead\n";
      } else if (writer[s] >= 0 && writer[s] < index) {
        faults += where + "reads a variable that has its new value\n";
      }
    }
    ++index;
  }
  const auto end = static_cast<int>(p.kernels.size());
  const auto check_last = [&](int storage, const char* what) {
    const auto s = static_cast<std::size_t>(storage);
    if (p.storages[s].kind == storage_kind::arena && (writer[s] < 0 || p.storages[s].last_kernel < end)) faults += std::string(what) + " is not kept to the end\n";
  };
  for (int o : p.outputs) check_last(o, "an output");
  for (const auto& c : p.commits) check_last(c.value, "an assigned value");
  return faults;
}

/// What is wrong with a memory plan: storages that are alive at the same time overlap only where one takes over the memory
/// of the other in the kernel that reads it last, element for element.
inline std::string memory_faults(const planned& r, const memory_plan& m, const binding& b) {
  std::string faults;
  const auto& storages = r.plan.storages;
  const auto bytes = [&](std::size_t s) { return b.count(r.graph.shape_of(storages[s].node)) * size_of(r.graph[storages[s].node].type); };
  for (std::size_t s = 0; s < storages.size(); ++s) {
    if (storages[s].kind != storage_kind::arena) continue;
    if (m.offsets[s] < 0 || m.offsets[s] % arena_alignment != 0 || m.offsets[s] + bytes(s) > m.workspace) faults += "storage " + std::to_string(s) + " is outside the arena\n";
    for (std::size_t t = 0; t < s; ++t) {
      if (storages[t].kind != storage_kind::arena) continue;
      const auto &x = storages[s], &y = storages[t];
      const bool together = x.first_kernel <= y.last_kernel && y.first_kernel <= x.last_kernel;
      const bool overlap = bytes(s) > 0 && bytes(t) > 0 && m.offsets[s] < m.offsets[t] + bytes(t) && m.offsets[t] < m.offsets[s] + bytes(s);
      const bool handed_over = x.in_place_of == static_cast<int>(t) && x.first_kernel == y.last_kernel && bytes(s) == bytes(t) && m.offsets[s] == m.offsets[t];
      if (together && overlap && !handed_over) faults += "storages " + std::to_string(t) + " and " + std::to_string(s) + " overlap\n";
    }
  }
  return faults;
}

/// A graph of a few dozen random nodes, with several outputs and with variables assigned.
inline graph random_graph(unsigned seed, bool dynamic) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  builder b;
  const dim n = dynamic ? dim(symbol("N")) : dim(7);
  std::vector<ref> pool{placeholder_in(b, "x", shape(n, 5)), placeholder_in(b, "r", shape(5)), placeholder_in(b, "c", shape(n, 1)), placeholder_in(b, "q", shape(5, 5)),
                        placeholder_in(b, "s", {}), placeholder_in(b, "t", shape(3, n, 5)), placeholder_in(b, "d", shape(n, 5), dtype::f64)};
  const std::vector<ref> variables{variable_in(b, "v", shape(5, 5)), variable_in(b, "w", shape(5, 5)), variable_in(b, "u", shape(5)), variable_in(b, "k", {})};
  pool.insert(pool.end(), variables.begin(), variables.end());
  for (int step = 0; step < 40; ++step) {
    const ref x = pool[below(pool.size())], y = pool[below(pool.size())];
    const auto rank = x.shape().rank;
    ref made{};
    switch (below(11)) {
      case 0: made = exp(x); break;
      case 1: case 2: case 3:
        if (x.type() == y.type() && broadcast(x.shape(), y.shape()).ok) made = random() % 2 == 0 ? x * y : x - y;
        break;
      case 4:
        if (rank > 0) made = apply<sum_op>({.a = static_cast<std::int64_t>(1 + below((std::size_t{1} << rank) - 1)), .b = static_cast<std::int64_t>(below(2))}, x);
        break;
      case 5: if (rank >= 2) made = matrix_transpose(x); break;
      case 6:
        if (rank >= 2 && y.shape().rank >= 2 && x.type() == y.type() && x.shape()[rank - 1] == y.shape()[y.shape().rank - 2]) made = matmul(x, y);
        break;
      case 7: made = x.type() == dtype::f32 ? cast<double>(x) : cast<float>(x); break;
      case 9:
        if (rank > 0 && x.type() == y.type() && x.shape() == y.shape()) made = detail::concat(x, y, 0);
        break;
      case 10:
        if (rank > 0 && x.type() != dtype::boolean) made = detail::pad(x, 0, 1, 2, 0.5);
        break;
      case 8: made = where(x < 0.5, x, x * x); break;
    }
    if (made.exists() && b.mistake.empty()) pool.push_back(made);
  }
  for (int i = 0; i < 3; ++i) b.graph.outputs.push_back(pool[below(pool.size())].id);
  for (const ref v : variables)
    for (std::size_t i = pool.size(); i-- > 0;)
      if (pool[i].type() == v.type() && pool[i].shape() == v.shape() && random() % 2 == 0) {
        add_assignment(b, v, pool[i]);
        break;
      }
  return b.graph;
}

}  // namespace tapeless::test
