// Wrong gradient rules, made of the right ones, must be found out by the checkers that guard those.
#include "support/derivatives/derivative_check.hpp"
#include "support/derivatives/edge_check.hpp"
#include "support/derivatives/mutants.hpp"

#include <cstdio>

namespace checks {

namespace {

/// May only grow: ops, ways to get them wrong, and what was compared to find that out.
constexpr long least_rules = 70, least_mutants = 1350, least_comparisons = 44000;
constexpr long least_mutants_of_a_rule = 5;

/// All that guards the ops of one row.
struct guard {
  any_row row;
  std::deque<derivative_check> checks;
  std::vector<edge> edges;

  bool catches(const replacement& other, long& comparisons) const {
    for (const auto& check : checks)
      if (!check(comparisons, other).none()) return true;
    for (const auto& e : edges)
      if (!edge_faults<double>(e, row, other).none()) return true;
    return false;
  }
};

std::deque<guard> make_guards() {
  std::deque<guard> guards;
  const auto add = [&](const auto& rows, const std::vector<edge>& list) {
    for (const auto& row : rows_of(rows)) {
      auto& g = guards.emplace_back();
      g.row = row;
      for (unsigned seed = 1; seed <= 3; ++seed) g.checks.emplace_back(row, seed);
      for (const auto& e : list)
        if (e.row == row.name) g.edges.push_back(e);
    }
  };
  add(elementwise_rows, edges()), add(standard_rows, standard_edges()), add(structured_rows, reduction_edges()), add(inner_rows, {});
  return guards;
}

/// An op with a rule, and what guards it; first where the op is all there is.
struct guarded_rule {
  const tl::op_info* op = nullptr;
  std::vector<const guard*> guards;
};
std::map<std::string_view, guarded_rule> rules_in(const std::deque<guard>& guards) {
  std::map<std::string_view, guarded_rule> rules;
  for (const auto& g : guards) {
    const derivative_graph graph(g.row, g.checks[0].drawn_shapes(), tl::dtype::f64, 0);
    std::set<std::string_view> here;
    for (int id = 0; id < static_cast<int>(graph.primal); ++id) {
      const auto* op = graph.b.graph[id].op;
      if (op->gradient == nullptr || !here.insert(op->name).second) continue;
      auto& rule = rules[op->name];
      rule.op = op;
      rule.guards.insert(g.row.name == op->name ? rule.guards.begin() : rule.guards.end(), &g);
    }
  }
  return rules;
}

/// The sweep knows where_op and hands its condition down; a copy of it has only the rule, under which dead branches that are not
/// finite give NaN. So what has such branches does not guard that rule.
void keep_what_the_rule_alone_passes(guarded_rule& rule, long& comparisons) {
  const mutant same(rule.op, {});
  std::erase_if(rule.guards, [&](const guard* g) { return g->catches(same.replaces(), comparisons); });
}

/// The mutations of a rule where its op stands in its first row.
std::vector<mutation> mutations_of(const guarded_rule& rule) {
  derivative_graph g(rule.guards[0]->row, rule.guards[0]->checks[0].drawn_shapes(), tl::dtype::f64, 0);
  int at = 0;
  while (g.b.graph[at].op != rule.op) ++at;
  std::vector<tl::ref> x;
  for (int o : g.b.graph.operands_of(at)) x.push_back(g.b.at(o));
  const tl::ref dy = g.b.add_leaf({.name = "dy", .type = tl::dtype::f64, .shape = g.b.graph.shape_of(at)});
  return distinct_mutations(rule.op, dy, g.b.at(at), x);
}

/// Mutations that change a rule's graph, but nothing that it computes.
bool is_equivalent(std::string_view op, const mutation& m) {
  using enum mutation::kind;
  using key = std::pair<std::string_view, std::string>;
  static const std::set<key> others{
      {"clip", "substitute 1 -1"}, {"clip", "substitute 2 -1"},  // x >= y where x >= low, unless it is above high
      {"mod", "take operand of round 0"},                        // whole but for rounding errors
      {"products_of_others", "take operand of mul 1"},           // of 1, which is outside of all
      {"relu", "substitute -1 0"},                               // x > 0 where y > 0
  };
  // The gradient of a step is the constant 0.
  static const std::set<std::string_view> steps{"sign", "floor", "ceil", "round", "trunc"};
  if (steps.contains(op) && (m.what == negate || m.what == scale || m.what == drop || m.what == stop)) return true;
  return others.contains({op, m.text()});
}

}  // namespace

TEST_CASE("wrong gradient rules are found") {
  const auto guards = make_guards();
  auto rules = rules_in(guards);
  long made = 0, comparisons = 0, unmutated = 0;
  keep_what_the_rule_alone_passes(rules["where"], unmutated);
  for (const auto& [name, rule] : rules) {
    long of_rule = 0;
    for (const auto& m : mutations_of(rule)) {
      if (is_equivalent(name, m)) continue;
      const mutant wrong(rule.op, m);
      bool caught = false;
      try {
        for (const auto* g : rule.guards) caught = caught || g->catches(wrong.replaces(), comparisons);
      } catch (const malformed_graph&) {
        continue;  // the builder refuses it: shapes do not fit
      }
      ++of_rule;
      CHECK_MESSAGE(caught, "the gradient of ", std::string(name), " may be wrong: ", m.text());
    }
    CHECK_MESSAGE(of_rule >= least_mutants_of_a_rule, std::string(name), " has few mutants: ", of_rule);
    made += of_rule;
  }
  std::printf("%zu rules, %ld mutants, %ld comparisons to catch them\n", rules.size(), made, comparisons);
  CHECK(static_cast<long>(rules.size()) >= least_rules);
  CHECK(made >= least_mutants);
  CHECK(comparisons >= least_comparisons);
}

TEST_CASE("a rule that is not mutated is not caught") {
  const auto guards = make_guards();
  long comparisons = 0;
  auto rules = rules_in(guards);
  keep_what_the_rule_alone_passes(rules["where"], comparisons);
  CHECK(rules["where"].guards.size() >= 7);
  for (const auto& [name, rule] : rules) {
    const mutant same(rule.op, {});
    for (const auto* g : rule.guards) CHECK_MESSAGE(!g->catches(same.replaces(), comparisons), std::string(name));
  }
}

}  // namespace checks
