// edges 30: what a dead branch of `where` computes, infinite or NaN, adds exactly nothing to any derivative, whatever stands
// between the choice and the leaves.
#include "support/derivatives/derivative_graph.hpp"
#include "support/derivatives/evaluator.hpp"
#include "support/faults.hpp"

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/run/session.hpp>
#include <tapeless/transform/simplify.hpp>

#include <bit>

namespace checks {

namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t rows = 4, columns = 3;

/// Functions of x (4, 3), w (3, 2) and conditions c (4, 1) whose rows 1 and 3 are not chosen.
struct program {
  const char* name;
  tl::ref (*f)(tl::ref x, tl::ref w, tl::ref c);
};
constexpr program programs[]{
    {"elementwise", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::log(x) * tl::sqrt(x) / x, 0.0); }},
    {"sum", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::sum<1>(tl::log(x), tl::keepdims), 0.0); }},
    {"mean and variance", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::mean<1>(tl::sqrt(x), tl::keepdims) + tl::variance<1>(1.0 / x, tl::keepdims), 0.0); }},
    {"max and min", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::max<1>(tl::log(x), tl::keepdims) - tl::min<1>(tl::rsqrt(x), tl::keepdims), 0.0); }},
    {"prod", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::prod<1>(tl::sqrt(x), tl::keepdims), 0.0); }},
    {"norm", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::norm<1>(tl::log(x), tl::keepdims), 0.0); }},
    {"softmax and logsumexp", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::softmax(tl::log(x)) + tl::logsumexp<1>(tl::sqrt(x), tl::keepdims), 0.0); }},
    {"normalized rows", [](tl::ref x, tl::ref, tl::ref c) {
       const auto d = x - tl::mean<1>(x, tl::keepdims);
       return tl::where(c, d * tl::rsqrt(tl::mean<1>(d * d, tl::keepdims)), 0.0);
     }},
    {"matmul, left", [](tl::ref x, tl::ref w, tl::ref c) { return tl::where(c, tl::matmul(tl::log(x), w), 0.0); }},
    {"matmul, right", [](tl::ref x, tl::ref w, tl::ref c) { return tl::where(tl::transpose(c), tl::matmul(tl::transpose(w), tl::transpose(tl::log(x))), 0.0); }},
    {"two products", [](tl::ref x, tl::ref w, tl::ref c) { return tl::where(c, tl::sqrt(tl::matmul(tl::matmul(1.0 / x, w * w), tl::transpose(w * w))), 0.0); }},
    {"views", [](tl::ref x, tl::ref, tl::ref c) {
       const auto turned = tl::flip<1>(tl::transpose(tl::reshape<4, 3, 1>(tl::log(x))));
       return tl::where(c, tl::transpose(tl::reshape<3, 4>(tl::flip<1>(turned))), 0.0);
     }},
    {"rows by index", [](tl::ref x, tl::ref, tl::ref c) {
       const auto turn = 3.0 - tl::detail::iota(*x.owner, tl::dtype::i32, tl::dim(4));
       return tl::where(c, tl::gather(tl::sqrt(tl::gather(tl::exp(tl::log(x)), turn)), turn) + tl::scatter_add<4, 3>(tl::sqrt(tl::scatter_add<4, 3>(x, turn)), turn), 0.0);
     }},
    {"convolution", [](tl::ref x, tl::ref w, tl::ref c) {
       const auto lines = tl::conv1d<tl::convolution{.padding = {0, 1}}>(tl::reshape<4, 1, 3>(tl::log(x)), tl::reshape<2, 1, 3>(w));
       return tl::where(c, tl::reshape<4, 6>(tl::sqrt(lines * lines)), 0.0);
     }},
    {"kernels", [](tl::ref x, tl::ref w, tl::ref c) {
       const auto lines = tl::conv1d(tl::reshape<2, 1, 3>(w), tl::reshape<4, 1, 3>(tl::log(x)));
       return tl::where(c, tl::transpose(tl::reshape<2, 4>(lines * lines)), 0.0);
     }},
    {"pooling", [](tl::ref x, tl::ref, tl::ref c) {
       constexpr tl::pooling two{.window = 2, .stride = 1};
       const auto lines = tl::reshape<4, 1, 3>(tl::log(x));
       return tl::where(c, tl::reshape<4, 2>(tl::max_pool1d<two>(lines) + tl::sqrt(tl::average_pool1d<two>(lines * lines))), 0.0);
     }},
    {"checkpoints", [](tl::ref x, tl::ref w, tl::ref c) {
       const auto inner = tl::checkpoint(tl::sum<1>(tl::log(x), tl::keepdims) * tl::sum(w)), outer = tl::checkpoint(tl::sum<1>(1.0 / x, tl::keepdims) * inner);
       return tl::where(c, outer, 0.0);
     }},
    {"slices and pads", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::pad<1, 1, 0>(tl::slice<1, 0, 2>(tl::log(x))), 0.0); }},
    {"concat", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::sum<1>(tl::concat<1>(tl::log(x), tl::sqrt(x)), tl::keepdims), 0.0); }},
    {"concat of choices", [](tl::ref x, tl::ref, tl::ref c) { return tl::concat<1>(tl::where(c, tl::log(x), 0.0), tl::where(c, tl::sum<1>(1.0 / x, tl::keepdims), 0.0)); }},
    {"broadcast", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::broadcast_to<2, 4, 3>(tl::log(x)) * x, 0.0); }},
    {"nested choices", [](tl::ref x, tl::ref, tl::ref c) {
       const auto inner = tl::where(x > 1.5, tl::log(x - 1.5), tl::where(x > 0.7, tl::sqrt(x), x * x));
       return tl::where(c, tl::sum<1>(inner, tl::keepdims), 0.0);
     }},
    {"shared by two choices", [](tl::ref x, tl::ref, tl::ref c) {
       const auto l = tl::log(x), s = tl::sum<1>(l, tl::keepdims);
       return tl::where(c, l * s, 0.0) + tl::where(c && x > 0.9, s, 0.0);
     }},
    {"both branches dead below another", [](tl::ref x, tl::ref w, tl::ref c) {
       const auto l = tl::log(x);
       return tl::where(c, tl::matmul(tl::where(x > 1.0, l, l * l), w), 0.0);
     }},
    {"a choice of rows and a live use", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::sum<1>(tl::log(x), tl::keepdims), 0.0) + 0.0 * tl::sum<1>(tl::where(c, x, 1.0), tl::keepdims); }},
    {"powers and angles", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c, tl::sum<1>(tl::pow(x, 0.5) + tl::atan2(x, x) + tl::hypot(x, x) + tl::asin(0.1 * x) + tl::exp(x), tl::keepdims), 0.0); }},
};

/// All derivatives to second order of the sum of squares of f, by x and by w, computed node by node.
std::vector<elements<double>> derivatives(const program& p, const elements<double>& xs) {
  tl::builder b;
  const auto leaf = [&](const char* name, tl::shape s) { return b.add_leaf({.name = name, .type = tl::dtype::f64, .shape = s}); };
  const tl::ref x = leaf("x", tl::shape(rows, columns)), w = leaf("w", tl::shape(3, 2)), c = leaf("c", tl::shape(rows, 1));
  const tl::ref y = p.f(x, w, c > 0.0);
  const tl::ref loss = tl::sum(y * y + y), zero = 0.0 * tl::sum(w * w);  // so that there is a derivative by w
  std::vector<tl::ref> all;
  const tl::ref dx = tl::add_derivative(b, loss + zero, x), dw = tl::add_derivative(b, loss + zero, w);
  const tl::ref v = leaf("v", tl::shape(rows, columns));
  const tl::ref along = tl::sum(v * dx) + tl::sum(dw) + zero;
  all = {dx, dw, tl::add_derivative(b, along, x), tl::add_derivative(b, along, w)};
  if (!b.mistake.empty()) throw malformed_graph(std::string(b.mistake.view()));
  evaluator<double> in(b.graph);
  in.set(x.id, xs), in.set(w.id, {0.5, -1, 2, 0.25, -0.75, 1.5}), in.set(c.id, {1, -1, 2, 0});
  in.set(v.id, {1, 2, -1, 0, 0, 0, 0.5, -2, 1, 0, 0, 0});
  std::vector<elements<double>> values;
  for (const auto& d : all) values.push_back(in(d.id));
  return values;
}

const elements<double> harmless{0.5, 1.25, 2, 0.5, 1.25, 2, 0.75, 3, 1, 0.5, 1.25, 2};

/// Derivatives must be, bit for bit, those beside harmless numbers in the dead rows, and 0 by these.
faults dead_branch_faults(const program& p, std::array<double, 6> dead) {
  faults found;
  auto xs = harmless;
  std::copy(dead.begin(), dead.begin() + 3, xs.begin() + 3), std::copy(dead.begin() + 3, dead.end(), xs.begin() + 9);
  const auto expected = derivatives(p, harmless), got = derivatives(p, xs);
  for (std::size_t k = 0; k < got.size(); ++k)
    for (std::size_t i = 0; i < got[k].size(); ++i) {
      const bool is_dead = k % 2 == 0 && i / columns % 2 == 1;
      if (!(got[k][i] == (is_dead ? 0 : expected[k][i])))
        found.add("edges 30: ", p.name, ": derivative of order ", 1 + k / 2, " by ", k % 2 == 0 ? "x" : "w", " [", i, "] is ", got[k][i], ", expected ", is_dead ? 0 : expected[k][i]);
    }
  return found;
}

}  // namespace

TEST_CASE("edges 30: dead branches add exactly nothing") {
  for (const auto& p : programs)
    for (const auto& dead : {std::array{0.0, 0.0, 0.0, 0.0, -0.0, 0.0}, std::array{-1.0, 0.0, -2.0, 1.0, 1.0, 1.0}, std::array{inf, 1.0, nan, -inf, inf, inf}, std::array{1e308, 1e-320, 1e200, nan, nan, nan}})
      expect(dead_branch_faults(p, dead));
}

TEST_CASE("edges 30: what is alive is not hidden") {
  // 0 times inf of a live branch is NaN; the checker sees a product by 0 where a choice should be.
  const program by_product{"product by 0", [](tl::ref x, tl::ref, tl::ref c) { return tl::cast_to(c, tl::dtype::f64) * tl::sum<1>(tl::log(x), tl::keepdims); }};
  CHECK_FALSE(dead_branch_faults(by_product, {0, 0, 0, 0, 0, 0}).none());
  const program alive{"alive", [](tl::ref x, tl::ref, tl::ref c) { return tl::where(c || !c, tl::sum<1>(tl::log(x), tl::keepdims), 0.0); }};
  CHECK_FALSE(dead_branch_faults(alive, {0, 0, 0, 0, 0, 0}).none());
}

TEST_CASE_TEMPLATE("edges 30: dead branches on backends", B, tl::simd, tl::reference) {
  constexpr tl::placeholder<"x", double, 4, 3> x;
  constexpr tl::placeholder<"w", double, 3, 2> w;
  constexpr tl::placeholder<"c", double, 4, 1> c;
  const auto l = tl::log(x);
  const auto kept = tl::where(c > 0_c, tl::matmul(tl::where(x > 1_c, l, l * l), w), 0_c);
  const auto rowwise = tl::where(c > 0_c, tl::sum<1>(tl::concat<1>(tl::sqrt(x), 1_c / x), tl::keepdims), 0_c);
  const auto loss = tl::sum(kept * kept) + tl::sum(rowwise * rowwise);
  const auto dx = tl::derivative(loss, x);
  const auto dw = tl::derivative(loss, w);
  auto session = tl::session<B>(dx, dw, tl::derivative(tl::sum(dx * dx) + tl::sum(dw), x), tl::hvp(loss, x, x));
  const auto run = [&](const elements<double>& xs) {
    std::vector<elements<double>> all;
    const auto out = session.run(x = tl::view(xs.data(), 4, 3), w = std::array{0.5, -1.0, 2.0, 0.25, -0.75, 1.5}, c = std::array{1.0, -1.0, 2.0, 0.0});
    std::apply([&](const auto&... r) { (all.emplace_back(r.begin(), r.end()), ...); }, out);
    return all;
  };
  auto xs = harmless;
  const auto expected = run(xs);
  for (std::size_t i = 0; i < 3; ++i) xs[3 + i] = 0, xs[9 + i] = i == 0 ? -1 : inf;
  const auto got = run(xs);
  for (std::size_t k = 0; k < 3; ++k)  // the last one moves dead places along what stands there
    for (std::size_t i = 0; i < got[k].size(); ++i) CHECK(got[k][i] == (k != 1 && i / 3 % 2 == 1 ? 0 : expected[k][i]));
}

}  // namespace checks
