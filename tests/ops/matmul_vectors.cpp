#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/dot.hpp>
#include <tapeless/ops/matmul.hpp>

namespace checks {

namespace values = oracle::values;

namespace {
constexpr auto product = [](auto a, auto b) { return tl::matmul(a, b); };
}

TEST_CASE("matmul with vectors") {
  check_case<values::matmul_row_vector, real, real>(product);
  check_case<values::matmul_column_vector, real, real>(product);
  check_case<values::matmul_two_vectors, real, real>(product);
  check_case<values::matmul_vector_by_batch, real, real>(product);
  check_case<values::matmul_batch_by_vector, real, real>(product);
}

TEST_CASE("dot") {
  check_case<values::matmul_two_vectors, real, real>([](auto a, auto b) { return tl::dot(a, b); });
}

TEST_CASE("outer") {
  check_case<values::matmul_outer, real, real>([](auto a, auto b) { return tl::outer(a, b); });
}

TEST_CASE_TEMPLATE("integers, no inner elements, dynamic extents", B, simd, reference) {
  constexpr tl::placeholder<"a", std::int32_t, 2, 3> a;
  constexpr tl::placeholder<"b", std::int32_t, 3, 1> b;
  auto whole = tl::session<typename B::policy>(tl::matmul(a, b));
  const auto [y] = whole.run(a = std::array{1, 2, 3, 4, 5, 6}, b = std::array{1, 0, -1});
  CHECK(y(0, 0) == -2);
  CHECK(y(1, 0) == -2);

  constexpr tl::placeholder<"l", double, "M"_d, "K"_d> l;
  constexpr tl::placeholder<"r", double, "K"_d, "N"_d> r;
  auto dynamic = tl::session<typename B::policy>(tl::matmul(l, r), tl::derivative(tl::sum(tl::matmul(l, r)), l));
  for (const std::int64_t m : {1, 2, 5, 9})
    for (const std::int64_t k : {0, 1, 3, 17})
      for (const std::int64_t n : {1, 4, 19}) {
        const auto ls = points<double>(-1, 1, static_cast<std::size_t>(m * k)), rs = points<double>(-1, 1, static_cast<std::size_t>(k * n), 2);
        const auto [products, by_l] = dynamic.run(l = tl::view(ls.data(), m, k), r = tl::view(rs.data(), k, n));
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            double sum = 0;
            for (std::int64_t p = 0; p < k; ++p) sum += ls[static_cast<std::size_t>(i * k + p)] * rs[static_cast<std::size_t>(p * n + j)];
            CHECK(std::abs(products(i, j) - sum) < 1e-13);
          }
        for (std::int64_t p = 0; p < k; ++p) {
          double sum = 0;
          for (std::int64_t j = 0; j < n; ++j) sum += rs[static_cast<std::size_t>(p * n + j)];
          for (std::int64_t i = 0; i < m; ++i) CHECK(std::abs(by_l(i, p) - sum) < 1e-13);
        }
      }
}

}  // namespace checks
