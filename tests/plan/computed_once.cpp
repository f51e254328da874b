#include "support/backends.hpp"
#include "support/plan_faults.hpp"

#include <tapeless/nn/losses.hpp>

#include <cmath>

using namespace tapeless;
using namespace tapeless::test;
using namespace tapeless::literals;
namespace tl = tapeless;

namespace {

constexpr placeholder<"x", double, 6> x;
constexpr placeholder<"y", double, 40> y;
constexpr placeholder<"d", double, "N"_d, 3> d;

/// 0, 1/8, 2/8, ...
template <int N> constexpr auto points() { return cast<double>(iota<std::int64_t, N>()) * 0.125_c; }
/// The columns 1, t, t^2, ... up to t^5.
constexpr auto t = points<40>();
constexpr auto line = pad<1, 1, 0>(expand_dims<1>(t), 1_c);
constexpr auto parabola = concat<1>(line, expand_dims<1>(t * t));
constexpr auto powers = concat<1>(parabola, parabola * expand_dims<1>(t * t * t));
constexpr auto residual = y - matmul(powers, x);
constexpr auto loss = 0.5_c * sum(square(residual));

std::string text_of(auto... fetches) {
  using p = program<decltype(fetches)...>;
  return to_string(p::graph, p::plan);
}
int count_of(const std::string& text, std::string_view part) {
  int n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// What is wrong with the kernels that run once: they read nothing but what is fixed or what others of them wrote, and what is
/// read in every run is kept.
std::string once_faults(const planned& r) {
  std::string faults;
  const auto& p = r.plan;
  const auto end = static_cast<int>(p.kernels.size());
  for (int k = 0; k < end; ++k)
    for (int i = 0; i < p.kernels[static_cast<std::size_t>(k)].access_count; ++i) {
      const auto& a = p.accesses[static_cast<std::size_t>(p.kernels[static_cast<std::size_t>(k)].first_access + i)];
      const auto& s = p.storages[static_cast<std::size_t>(a.storage)];
      if (k < p.once && s.kind != storage_kind::arena && s.kind != storage_kind::block) faults += "what runs once touches what is fed\n";
      if (k >= p.once && a.write && s.kind == storage_kind::arena && s.first_kernel < p.once) faults += "what was computed once is written again\n";
      if (k >= p.once && !a.write && s.kind == storage_kind::arena && s.first_kernel < p.once && s.last_kernel < end) faults += "what was computed once is not kept\n";
    }
  return faults;
}

/// A graph of random nodes, many of them the same in every run.
graph random_fixed_graph(unsigned seed) {
  std::mt19937 random(seed);
  builder b;
  std::vector<ref> pool{placeholder_in(b, "x", shape(5, 5)), placeholder_in(b, "r", shape(5)), cast<float>(tapeless::detail::iota(b, dtype::i32, 5)), tapeless::detail::iota(b, dtype::f32, 5)};
  const ref v = variable_in(b, "v", shape(5, 5));
  pool.push_back(v);
  for (int step = 0; step < 40; ++step) {
    const ref a = pool[random() % pool.size()], c = pool[random() % pool.size()];
    const auto rank = a.shape().rank;
    ref made{};
    switch (random() % 8) {
      case 0: made = exp(a); break;
      case 1: case 2: made = broadcast(a.shape(), c.shape()).ok ? (random() % 2 == 0 ? a * c : a + c) : ref{}; break;
      case 3: made = rank == 2 ? sum<1>(a) : rank == 1 ? expand_dims<1>(a) : ref{}; break;
      case 4: made = rank == 2 ? matrix_transpose(a) : ref{}; break;
      case 5: made = rank == 2 && c.shape().rank == 2 && a.shape()[1] == c.shape()[0] ? matmul(a, c) : ref{}; break;
      case 6: made = rank == 2 && a.shape() == c.shape() ? slice<0, 0, 5>(tapeless::detail::concat(a, c, 0)) : ref{}; break;
      case 7: made = rank == 1 ? tapeless::detail::pad(slice<0, 1, end>(a), 0, 1, 1, 0.5) : ref{}; break;
    }
    if (made.exists() && b.mistake.empty()) pool.push_back(made);
  }
  for (std::size_t i = 0; i < 3; ++i) b.graph.outputs.push_back(pool[random() % pool.size()].id);
  for (std::size_t i = pool.size(); i-- > 5;)
    if (pool[i].shape() == v.shape()) {
      add_assignment(b, v, pool[i]);
      break;
    }
  return b.graph;
}

}  // namespace

TEST_CASE("computed once: what products read, and what costs more than a load") {
  const auto text = text_of(loss, derivative(loss, x));
  CHECK(count_of(text, ", once:") > 0);
  CHECK(count_of(text, "concat") == 2);
  for (const auto* part : {"concat", "pad"}) {
    const auto kernel = text.substr(text.rfind('\n', text.find(part)) + 1);
    CHECK(kernel.find(", once: ") < kernel.find(part));
  }
  CHECK(count_of(text_of(y * sin(t)), ", once: map over (40,): cast_double mul sin") == 1);
  CHECK(count_of(text_of(y * sum(sin(t))), "once: rows") == 1);
}

TEST_CASE("computed once: what is no dearer than a load stays in its loop, and so does what is fetched or assigned") {
  CHECK(count_of(text_of(where(expand_dims<1>(iota<std::int64_t, 40>()) <= iota<std::int64_t, 40>(), y, 0_c)), "once") == 0);
  CHECK(count_of(text_of(y * t), "once") == 0);
  CHECK(count_of(text_of(sin(t)), "once") == 0);
  constexpr variable<"v", double, 40> v;
  CHECK(count_of(text_of(assign(v, sin(t))), "once") == 0);
  CHECK(count_of(text_of(y * log(2_c)), "once") == 0);  // without memory
}

TEST_CASE("computed once: work is counted of every run only") {
  using alone = program<decltype(matmul(y, powers))>;
  CHECK(flops_of(alone::graph, alone::plan, {}) == 2 * 40 * 6 + 6);
  CHECK(bytes_of(alone::graph, alone::plan, {}) == 8 * (40 + 40 * 6 + 6 + 6 + 6));  // and a copy to what is fetched
}

TEST_CASE("computed once: the same numbers run after run, with memory that others use in between") {
  checks::both_backends both(loss, derivative(loss, x), sum(exp(residual) * tl::log(1_c + t)));
  std::vector<double> xs(6), ys(40);
  for (int again = 0; again < 3; ++again) {
    for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = 0.01 * (again + static_cast<double>(i) * static_cast<double>(i));
    for (std::size_t i = 0; i < ys.size(); ++i) ys[i] = std::sin(static_cast<double>(i) + again);
    CHECK(both.compare(1e-13, x = xs, y = ys).text() == "");
  }
  auto s = session<simd>(loss, derivative(loss, x));
  const auto [value, gradient] = s.run(x = xs, y = ys);
  long double expected = 0;
  std::array<long double, 6> slope{};
  for (int i = 0; i < 40; ++i) {
    long double r = ys[static_cast<std::size_t>(i)];
    for (int j = 0; j < 6; ++j) r -= static_cast<long double>(xs[static_cast<std::size_t>(j)]) * std::pow(i * 0.125L, j);
    expected += r * r / 2;
    for (int j = 0; j < 6; ++j) slope[static_cast<std::size_t>(j)] -= r * std::pow(i * 0.125L, j);
  }
  CHECK(std::abs(static_cast<double>(expected) - value) <= 1e-13 * value);
  for (std::size_t j = 0; j < 6; ++j) CHECK(std::abs(gradient.data()[j] - static_cast<double>(slope[j])) <= 1e-13 * std::abs(static_cast<double>(slope[j])));
}

TEST_CASE("computed once: a part that stands in a whole of every run is computed in every run") {
  constexpr placeholder<"a", double, 64, 40> a;
  constexpr auto part = expand_dims<0>(sin(t)) * expand_dims<1>(cos(points<64>()));
  constexpr auto whole = concat<0>(a, part);
  checks::both_backends both(sum(whole * whole), matmul(whole, y), derivative(sum(exp(matmul(whole, y))), a));
  std::vector<double> as(64 * 40), ys(40);
  for (int again = 0; again < 3; ++again) {
    for (std::size_t i = 0; i < as.size(); ++i) as[i] = std::cos(static_cast<double>(i) + again);
    for (std::size_t i = 0; i < ys.size(); ++i) ys[i] = 0.01 * std::sin(static_cast<double>(i) + again);
    CHECK(both.compare(1e-12, a = as, y = ys).text() == "");
  }
}

TEST_CASE("computed once: again where the dims change") {
  constexpr auto weights = sin(cast<double>(iota<std::int64_t, 3>()));
  constexpr auto f = sum<1>(d * weights);
  checks::both_backends both(f, matmul(d, weights));
  for (const std::size_t n : {1u, 5u, 2u}) {
    std::vector<double> ds(3 * n);
    for (std::size_t i = 0; i < ds.size(); ++i) ds[i] = std::sin(static_cast<double>(i));
    CHECK(both.compare(1e-14, d = tl::view(ds.data(), n, 3)).text() == "");
  }
}

TEST_CASE("computed once: assigned and fetched values") {
  constexpr variable<"v", double, 40> v;
  auto s = session<simd>(v + y * sin(t), assign(v, sin(t) + t), sin(t));
  s.initialize(0);
  const std::vector<double> ys(40, 2.0);
  for (int again = 0; again < 3; ++again) {
    const auto [sums, fetched] = s.run(y = ys);
    const double at = 7 * 0.125, before = again == 0 ? 0.0 : std::sin(at) + at;
    CHECK(std::abs(sums.data()[7] - (before + 2 * std::sin(at))) <= 1e-15 * 4);
    CHECK(std::abs(fetched.data()[7] - std::sin(at)) <= 1e-15);
    s[v].data()[7] = std::sin(at) + at;
  }
}

TEST_CASE("computed once: random plans keep what every run reads") {
  int once = 0;
  for (unsigned seed = 1; seed <= 500; ++seed) {
    const auto r = plan_graph(random_fixed_graph(seed));
    if (std::any_of(r.graph.outputs.begin(), r.graph.outputs.end(), [&](int o) { return is_fixed(r.graph, o); })) continue;  // iota is written by no kernel
    once += r.plan.once;
    const auto memory = plan_memory(r.graph, r.plan, {}, 0);
    CHECK(order_faults(r) + once_faults(r) + memory_faults(r, memory, {}) == "");
  }
  CHECK(once > 100);
}

TEST_CASE("computed once: the check finds what is not kept and what is fed") {
  auto r = plan_graph(random_fixed_graph(1));
  for (unsigned seed = 2; r.plan.once == 0 || once_faults(r) != ""; ++seed) r = plan_graph(random_fixed_graph(seed));
  auto dead = r;
  bool any = false;
  for (auto& s : dead.plan.storages)
    if (s.kind == storage_kind::arena && s.first_kernel >= 0 && s.first_kernel < r.plan.once && s.last_kernel == static_cast<int>(r.plan.kernels.size())) s.last_kernel = r.plan.once, any = true;
  CHECK(any);
  CHECK(once_faults(dead).find("is not kept") != std::string::npos);
  auto more = r;
  more.plan.once = static_cast<int>(r.plan.kernels.size());
  CHECK(once_faults(more).find("what is fed") != std::string::npos);
}
