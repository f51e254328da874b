#pragma once
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <tapeless/expr/trace.hpp>
#include <tapeless/graph/print.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/transform/gradient.hpp>
#include <tapeless/transform/simplify.hpp>

namespace tapeless::test {

/// Leaves of a graph under test.
constexpr ref placeholder_in(builder& b, std::string_view name, shape s, dtype type = dtype::f32) {
  return b.add_leaf({leaf_kind::placeholder, name, type, s, {}, false});
}
constexpr ref variable_in(builder& b, std::string_view name, shape s, dtype type = dtype::f32) {
  return b.add_leaf({leaf_kind::variable, name, type, s, {}, true});
}

/// The graph of what `body(builder)` answers: one handle or several.
template <class Body> constexpr graph graph_of(Body body) {
  builder b;
  const auto fetch = [&](ref r) { b.graph.outputs.push_back(r.id); };
  if constexpr (traced<decltype(body(b))>) {
    fetch(body(b));
  } else {
    for (ref r : body(b)) fetch(r);
  }
  return b.graph;
}

template <class Body> std::string simplified(Body body) { return to_string(simplify(graph_of(body))); }

constexpr bool equals(const sequence<char>& text, std::string_view expected) { return std::string_view(text.data(), text.size()) == expected; }

}  // namespace tapeless::test
