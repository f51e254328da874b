// The generator of test data makes the numbers that its Python twin makes.
#include "generator.hpp"

#include <algorithm>
#include <bit>

#include "compare.hpp"
#include "oracles/generator_values.hpp"

namespace expected = oracle::generator_values;

TEST_CASE("the generator of test data") {
  const auto check_bits = [](std::uint64_t seed, const auto& stored) {
    for (std::size_t i = 0; i < std::size(stored); ++i) CHECK(std::bit_cast<std::int64_t>(oracle::bits(seed, i)) == stored[i]);
  };
  check_bits(0, expected::bits_of_seed_0);
  check_bits(1, expected::bits_of_seed_1);
  check_bits(std::bit_cast<std::uint64_t>(expected::large_seed), expected::bits_of_seed_large);

  CHECK(std::ranges::equal(oracle::uniform_vector<double>(1, 6), expected::uniform_of_seed_1));
  CHECK(std::ranges::equal(oracle::uniform_vector<double>(1, 6, 0.03), expected::scaled_of_seed_1));
  CHECK(std::ranges::equal(oracle::uniform_vector<float>(1, 6), expected::float_of_seed_1));
  CHECK(std::ranges::equal(oracle::integer_vector(1, 12, 10), expected::integers_of_seed_1));

  const auto many = oracle::uniform_vector<double>(7, 100'000);
  double sum = 0, squares = 0;
  for (double v : many) sum += v, squares += v * v;
  CHECK(sum / 1e5 == doctest::Approx(expected::mean_of_100000).epsilon(1e-12));
  CHECK(squares / 1e5 - sum / 1e5 * (sum / 1e5) == doctest::Approx(expected::variance_of_100000).epsilon(1e-12));
}
