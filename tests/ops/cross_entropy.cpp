#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/cross_entropy.hpp>

namespace checks {

namespace values = oracle::values;

namespace {
constexpr auto rows = [](auto logits, auto labels) { return tl::softmax_cross_entropy(logits, labels); };
constexpr auto average = [](auto logits, auto labels) { return tl::mean(tl::softmax_cross_entropy(logits, labels)); };
}  // namespace

TEST_CASE("softmax_cross_entropy with probabilities") {
  check_case<values::cross_entropy_dense_rows, real, real>(rows);
  check_case<values::cross_entropy_dense_mean, real, real>(average);
  check_case<values::cross_entropy_one_hot_rows, real, real>(rows);
}

TEST_CASE("softmax_cross_entropy with class numbers") {
  check_case<values::cross_entropy_sparse_rows, real, std::int64_t>(rows);
  check_case<values::cross_entropy_sparse_mean, real, std::int32_t>(average);
  check_case<values::cross_entropy_sparse_huge, real, std::int64_t>(rows);
}

TEST_CASE("sigmoid_cross_entropy") {
  check_case<values::binary_cross_entropy_from_logits, real, real>([](auto z, auto t) { return tl::mean(tl::sigmoid_cross_entropy(z, t)); });
}

// edges 34
TEST_CASE_TEMPLATE("ignored and impossible labels", B, simd, reference) {
  constexpr tl::placeholder<"z", double, 4, 3> z;
  constexpr tl::placeholder<"c", std::int32_t, 4> c;
  const auto loss = tl::softmax_cross_entropy(z, c);
  auto session = tl::session<typename B::policy>(loss, tl::derivative(tl::sum(loss), z));
  const std::array logits{1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0, -inf, 0.0};
  const std::array classes{-1, 3, 0, 0};
  const auto [y, dz] = session.run(z = logits, c = classes);
  CHECK(y[0] == 0);
  for (int k = 0; k < 3; ++k) CHECK(dz(0, k) == 0);
  CHECK(is_nan(y[1]));
  CHECK(distance(y[2], std::log(3.0L)) < 1e-15);
  CHECK(distance(y[3], std::log(2.0L)) < 1e-15);  // a class of probability 0 that is not the label costs nothing
}

TEST_CASE_TEMPLATE("probability 0 for a class of weight 0", B, simd, reference) {
  constexpr tl::placeholder<"z", double, 3> z;
  constexpr tl::placeholder<"p", double, 3> p;
  auto session = tl::session<typename B::policy>(tl::softmax_cross_entropy(z, p));
  CHECK(std::get<0>(session.run(z = std::array{0.0, -inf, 0.0}, p = std::array{0.5, 0.0, 0.5})) == doctest::Approx(std::log(2.0)));
  CHECK(std::get<0>(session.run(z = std::array{0.0, -inf, 0.0}, p = std::array{0.5, 0.5, 0.0})) == inf);
}

}  // namespace checks
