#pragma once
#include <tapeless/graph/graph.hpp>
#include <tapeless/ops/concat.hpp>
#include <tapeless/ops/shape_ops.hpp>
#include <tapeless/ops/slice.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The values of the named dims.
struct binding {
  struct entry {
    symbol name{};
    std::int64_t value = 0;
  };
  static constexpr int capacity = 16;
  std::array<entry, capacity> entries{};
  int size = 0;

  constexpr std::int64_t* find(symbol name) {
    for (int i = 0; i < size; ++i)
      if (entries[static_cast<std::size_t>(i)].name == name) return &entries[static_cast<std::size_t>(i)].value;
    return nullptr;
  }
  constexpr bool knows(const dim& d) const { return d.is_static() || const_cast<binding*>(this)->find(d.name) != nullptr; }
  constexpr void add(symbol name, std::int64_t value) {
    if (size == capacity) not_allowed("at most sixteen named dims in one graph");
    entries[static_cast<std::size_t>(size++)] = {name, value};
  }
  constexpr std::int64_t operator()(const dim& d) const {
    if (d.is_static()) return d.constant;
    for (int i = 0; i < size; ++i)
      if (entries[static_cast<std::size_t>(i)].name == d.name) return d.constant + d.factor * entries[static_cast<std::size_t>(i)].value;
    return 0;
  }
  constexpr std::int64_t count(const shape& s) const {
    std::int64_t n = 1;
    for (int i = 0; i < s.rank; ++i) n *= (*this)(s[i]);
    return n;
  }
};

/// Distinct primes that divide no static extent, for the named dims. What holds for these extents, such as two axes being
/// contiguous, holds for all: so the plan's structure is decided with numbers also where dims are dynamic. They are small
/// enough for the elements of five dynamic axes to be counted.
template <class Graph> constexpr binding representative_binding(const Graph& g) {
  constexpr int primes[]{2003, 2011, 2017, 2027, 2029, 2039, 2053, 2063, 2069, 2081, 2083, 2087, 2089, 2099, 2111, 2113,
                         2129, 2131, 2137, 2141, 2143, 2153, 2161, 2179, 2203, 2207, 2213, 2221, 2237, 2239, 2243, 2251};
  const auto divides_extent = [&](std::int64_t prime) {
    for (const auto& s : g.shapes)
      for (int i = 0; i < s.rank; ++i)
        if (s[i].is_static() && s[i].constant >= prime && s[i].constant % prime == 0) return true;
    return false;
  };
  binding b;
  std::size_t next = 0;
  for (const auto& s : g.shapes)
    for (int i = 0; i < s.rank; ++i)
      if (!s[i].is_static() && b.find(s[i].name) == nullptr) {
        while (next + 1 < std::size(primes) && divides_extent(primes[next])) ++next;
        b.add(s[i].name, primes[next++ % std::size(primes)]);
      }
  return b;
}

/// How a node's elements stand in the storage of its root: element (i, j, ...) at offset + i * strides[0] + ...
struct layout {
  int root = 0;
  std::int64_t offset = 0;
  int rank = 0;
  std::array<std::int64_t, max_rank> extents{};
  std::array<std::int64_t, max_rank> strides{};
  bool ok = true;  ///< false: a reshape of elements that no strides can address
};

namespace detail {

constexpr void reset_axes(layout& l, const shape& s, const binding& b) {
  l.rank = s.rank;
  std::int64_t stride = 1;
  for (int i = s.rank - 1; i >= 0; --i) {
    const auto n = static_cast<std::size_t>(i);
    l.extents[n] = b(s[i]);
    l.strides[n] = stride;
    stride *= l.extents[n];
  }
}

/// Reshapes without moving elements: both shapes are cut into runs of equal element counts; a run must be evenly strided.
constexpr void reshape_axes(layout& l, const shape& to, const binding& b) {
  layout old = l;
  std::int64_t total = 1;
  int n = 0;
  for (int i = 0; i < old.rank; ++i) {
    const auto e = old.extents[static_cast<std::size_t>(i)];
    total *= e;
    if (e == 1) continue;
    old.extents[static_cast<std::size_t>(n)] = e;
    old.strides[static_cast<std::size_t>(n++)] = old.strides[static_cast<std::size_t>(i)];
  }
  old.rank = n;
  reset_axes(l, to, b);
  if (total <= 1) return;
  int from = old.rank - 1, axis = to.rank - 1;
  while (axis >= 0) {
    if (l.extents[static_cast<std::size_t>(axis)] == 1) { --axis; continue; }
    if (from < 0) { l.ok = false; return; }
    std::int64_t have = old.extents[static_cast<std::size_t>(from)], run = old.strides[static_cast<std::size_t>(from)], want = 1;
    const auto step = run;
    int first = axis;
    for (;;) {
      if (want < have || want == 1) {
        if (first < 0) { l.ok = false; return; }
        const auto i = static_cast<std::size_t>(first--);
        l.strides[i] = step * want;
        want *= l.extents[i];
      } else if (want > have) {
        run *= old.extents[static_cast<std::size_t>(from)];
        if (--from < 0 || old.strides[static_cast<std::size_t>(from)] != run) { l.ok = false; return; }
        have *= old.extents[static_cast<std::size_t>(from)];
      } else {
        break;
      }
    }
    --from;
    axis = first;
  }
}

}  // namespace detail

/// The node at the end of a chain of views.
template <class Graph> constexpr int root_of(const Graph& g, int id) {
  while (g.is(id, op_kind::view)) id = g.operand_of(id, 0);
  return id;
}

template <class Graph> constexpr layout layout_of(const Graph& g, int id, const binding& b);

namespace detail {

/// Of a node that is computed in its place in another's storage.
template <class Graph> constexpr layout layout_in_host(const Graph& g, int id, const binding& b) {
  const int host = g[id].host;
  layout l = layout_of(g, host, b);
  const auto& a = g.attributes_of(host);
  const auto axis = static_cast<std::size_t>(a.a);
  std::int64_t start = is_op<pad_op>(g[host].op) ? a.b : 0;
  for (int part : g.operands_of(host)) {
    const auto extent = b(g.shape_of(part)[static_cast<int>(axis)]);
    if (root_of(g, part) != id) {
      start += extent;
      continue;
    }
    l.extents[axis] = extent;
    l.offset += start * l.strides[axis];
    if (part != id) reshape_axes(l, g.shape_of(id), b);
    break;
  }
  l.root = id;
  return l;
}

}  // namespace detail

/// Follows views down to the node that has storage.
template <class Graph> constexpr layout layout_of(const Graph& g, int id, const binding& b) {
  if (g[id].host >= 0) return detail::layout_in_host(g, id, b);
  if (!g.is(id, op_kind::view)) {
    layout l;
    l.root = id;
    detail::reset_axes(l, g.shape_of(id), b);
    return l;
  }
  layout l = layout_of(g, g.operand_of(id, 0), b);
  const auto* op = g[id].op;
  const auto& s = g.shape_of(id);
  const auto& a = g.attributes_of(id);
  if (is_op<reshape_op>(op)) {
    detail::reshape_axes(l, s, b);
  } else if (is_op<transpose_op>(op)) {
    const layout old = l;
    for (int i = 0; i < s.rank; ++i) {
      const auto from = static_cast<std::size_t>(transpose_op::old_axis(a, i));
      l.extents[static_cast<std::size_t>(i)] = old.extents[from];
      l.strides[static_cast<std::size_t>(i)] = old.strides[from];
    }
  } else if (is_op<broadcast_to_op>(op)) {
    const layout old = l;
    l.rank = s.rank;
    for (int i = 0; i < s.rank; ++i) {
      const int from = i - (s.rank - old.rank);
      const auto n = static_cast<std::size_t>(i);
      l.extents[n] = b(s[i]);
      l.strides[n] = from < 0 || old.extents[static_cast<std::size_t>(from)] != l.extents[n] ? 0 : old.strides[static_cast<std::size_t>(from)];
    }
  } else if (is_op<slice_op>(op)) {
    const auto axis = static_cast<std::size_t>(a.a);
    l.offset += a.b * l.strides[axis];
    l.extents[axis] = b(s[static_cast<int>(axis)]);
    l.strides[axis] *= a.c;
  }
  return l;
}

/// Whether a node is the same in every run, as iota is: it is computed once, when the dims are known.
template <class Graph> constexpr bool is_fixed(const Graph& g, int id) { return g.is(id, op_kind::indexed) && g[id].operand_count == 0; }

/// A matrix of few long rows: some of its columns are still in the first cache when what they add up to is known.
constexpr bool is_low_matrix(const shape& s) {
  return s.rank == 2 && s.is_static() && s[0].constant >= 4 && s[0].constant <= 128 && s[1].constant >= 512;
}

/// How an access to a tensor walks over the axes of a kernel's domain.
struct domain_layout {
  std::int64_t offset = 0;
  std::array<std::int64_t, max_rank> strides{};
  friend constexpr bool operator==(const domain_layout&, const domain_layout&) = default;
};

/// `row`: the access is once for each row of the `reduced` axes.
template <class Graph> constexpr domain_layout walk(const Graph& g, int node, bool row, const shape& domain, std::int64_t reduced_axes, const binding& b) {
  const auto l = layout_of(g, node, b);
  domain_layout w{.offset = l.offset};
  int from = l.rank - 1;
  for (int axis = domain.rank - 1; axis >= 0; --axis) {
    // A row access has no axis where the domain is reduced, or one of extent 1 where the reduction kept it.
    const bool reduced = (reduced_axes >> axis & 1) != 0;
    const bool kept = row && reduced && l.rank == domain.rank;
    if (row && reduced) {
      if (kept) --from;
      continue;
    }
    if (from < 0) break;
    const auto n = static_cast<std::size_t>(from--);
    if (!(l.extents[n] == 1 && b(domain[axis]) != 1)) w.strides[static_cast<std::size_t>(axis)] = l.strides[n];
  }
  return w;
}

}  // namespace tapeless
