#include "support/models/optimizers.hpp"

#include <doctest/doctest.h>

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/optim.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

TEST_CASE_TEMPLATE_INVOKE(checks::optimizers::paths, tl::simd, tl::reference);

namespace {

/// An optimizer of the user's own: the sign of the gradient gives the direction.
struct sign_descent : tl::optimizer<sign_descent> {
  static constexpr void step(const tl::parameter& p) { p.assign(p.value, p.value - 0.5 * tl::sign(p.gradient)); }
};

constexpr tl::variable<"a", float, 2, tl::ones> a;
constexpr tl::variable<"b", float, tl::ones> b;
constexpr auto product = tl::sum(tl::square(a)) * b;

template <class Session> bool names_are(const Session&, std::vector<std::string_view> expected) {
  std::vector<std::string_view> names;
  for (const auto& l : Session::program::graph.leaves) names.push_back(Session::program::graph.name_of(l));
  return std::ranges::is_permutation(names, expected);
}

}  // namespace

TEST_CASE("the rate may be fed, or computed from a variable") {
  constexpr tl::placeholder<"rate", float> rate;
  auto fed = tl::session<tl::simd>(tl::optimizers::sgd(rate).minimize(product));
  fed.initialize(0);
  fed.run(rate = 0.25f);  // da = 2 a b = 2, db = sum(a^2) = 2
  CHECK(fed[a][0] == 0.5f);
  CHECK(fed[b]() == 0.5f);

  constexpr tl::variable<"step", double> step;
  constexpr auto decaying = tl::optimizers::sgd(0.25_c * tl::pow(0.5_c, step)).minimize(product);
  auto scheduled = tl::session<tl::simd>(decaying, tl::assign(step, step + 1_c));
  scheduled.initialize(0);
  scheduled.run();
  CHECK(scheduled[a][0] == 0.5f);
  CHECK(scheduled[b]() == 0.5f);
  scheduled.run();  // rate 0.125, da = 0.5, db = 0.5
  CHECK(scheduled[a][0] == 0.4375f);
  CHECK(scheduled[b]() == 0.4375f);
}

TEST_CASE("only the variables that are named are changed") {
  auto session = tl::session<tl::simd>(tl::optimizers::sgd(0.25_c).minimize(product, b));
  session.initialize(0);
  session.run();
  CHECK(session[a][0] == 1);
  CHECK(session[b]() == 0.5f);
}

TEST_CASE("a variable behind stop_gradient is left alone") {
  auto session = tl::session<tl::simd>(tl::optimizers::momentum(0.25_c, 0.9_c).minimize(tl::sum(tl::stop_gradient(a) * b)));
  session.initialize(0);
  session.run();
  CHECK(session[a][0] == 1);
  CHECK(session[b]() == 0.5f);
  CHECK(names_are(session, {"a", "b", "b/momentum"}));
}

TEST_CASE("what an optimizer keeps stands beside the variables, and is no variable of the loss") {
  auto session = tl::session<tl::simd>(product, tl::optimizers::adam().minimize(product));
  CHECK(names_are(session, {"a", "b", "a/adam/mean", "a/adam/mean_square", "b/adam/mean", "b/adam/mean_square", "a/adam/steps"}));
  session.initialize(0);
  session.run();
  session.run(tl::fetch(product));
  session.run();
  CHECK(session.variable<"a/adam/steps">()() == 2);
}

TEST_CASE("Adam in float takes its first steps at the full rate") {
  auto session = tl::session<tl::simd>(tl::optimizers::adam(0.125_c).minimize(product));
  session.initialize(0);
  session.run();
  CHECK(session[b]() == doctest::Approx(0.875).epsilon(1e-6));
  session.run();
  CHECK(session[b]() == doctest::Approx(0.75).epsilon(1e-2));
}

TEST_CASE("two optimizers for two parts of a model step side by side") {
  using namespace tl::optimizers;
  auto session = tl::session<tl::simd>(tl::group(adam(0.5_c).minimize(product, a), sgd(0.25_c).minimize(product, b)));
  session.initialize(0);
  session.run();
  CHECK(session[a][1] == doctest::Approx(0.5).epsilon(1e-6));
  CHECK(session[b]() == 0.5f);
}

TEST_CASE("variables in scopes are reached by their full name") {
  constexpr tl::placeholder<"x", float, 1, 1> x;
  constexpr auto y = tl::sum(tl::nn::dense<"layer", 1, tl::ones>(x));
  constexpr tl::variable<"layer/bias", float, 1> bias;
  auto session = tl::session<tl::simd>(y, tl::optimizers::sgd(0.5_c).minimize(y, bias));
  session.initialize(0);
  const float one[1][1]{{1}};
  session.run(x = one);
  CHECK(session.variable<"layer/weights">()(0, 0) == 1);
  CHECK(session[bias][0] == -0.5f);
}

TEST_CASE("an optimizer of one's own") {
  auto session = tl::session<tl::simd>(sign_descent{}.minimize(product));
  session.initialize(0);
  session.run();
  CHECK(session[a][0] == 0.5f);
  CHECK(session[b]() == 0.5f);
}
