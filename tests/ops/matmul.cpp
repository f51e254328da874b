#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/matmul.hpp>

namespace checks {

namespace values = oracle::values;

namespace {
constexpr auto product = [](auto a, auto b) { return tl::matmul(a, b); };
}

TEST_CASE("matrices") {
  check_case<values::matmul_matrices, real, real>(product);
  check_case<values::matmul_one_by_one, real, real>(product);
  check_case<values::matmul_outer, real, real>(product);
}

TEST_CASE("transposed operands") {
  check_case<values::matmul_transposed_left, real, real>([](auto a, auto b) { return tl::matmul(tl::transpose(a), b); });
  check_case<values::matmul_transposed_right, real, real>([](auto a, auto b) { return tl::matmul(a, tl::transpose(b)); });
}

TEST_CASE("leading axes broadcast") {
  check_case<values::matmul_batched, real, real>(product);
  check_case<values::matmul_left_broadcast, real, real>(product);
  check_case<values::matmul_right_broadcast, real, real>(product);
  check_case<values::matmul_both_broadcast, real, real>(product);
}

TEST_CASE("a layer") {
  check_case<values::dense_layer, real, real, real>([](auto x, auto w, auto b) { return tl::matmul(x, w) + b; });
}

}  // namespace checks
