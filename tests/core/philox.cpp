#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tapeless/core/philox.hpp>
#include <vector>

using namespace tapeless;

namespace {

struct known_answer {
  philox_words counter;
  std::uint32_t key_low, key_high;
  philox_words result;
};

// From kat_vectors of the Random123 distribution, "philox4x32 10".
constexpr known_answer known_answers[] = {
    {{{0, 0, 0, 0}}, 0, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
    {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
     0xffffffff,
     0xffffffff,
     {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
    {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
     0xa4093822,
     0x299f31d0,
     {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
};

constexpr bool equal(philox_words a, philox_words b) {
  for (int i = 0; i < 4; ++i)
    if (a.word[i] != b.word[i]) return false;
  return true;
}

constexpr bool all_known_answers_hold() {
  for (const auto& k : known_answers)
    if (!equal(philox(k.counter, k.key_low, k.key_high), k.result)) return false;
  return true;
}
static_assert(all_known_answers_hold());
static_assert(!equal(philox({{1, 0, 0, 0}}, 0, 0), known_answers[0].result));
static_assert(equal(random_block(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88), known_answers[2].result));
static_assert(random_bits(0, 0, 2) == 0xbc57ac4c);
static_assert(uniform01(std::uint32_t{0}) == 0 && uniform01(~std::uint32_t{0}) == 1 - 0x1p-24f);
static_assert(uniform01(std::uint64_t{0}) == 0 && uniform01(~std::uint64_t{0}) == 1 - 0x1p-53);
static_assert(random_uniform<float>(0, 0, 0) == (0x6627e8d5 >> 8) * 0x1p-24f);
static_assert(random_uniform<double>(0, 0, 0) == (0xe169c58d6627e8d5 >> 11) * 0x1p-53);

constexpr std::uint64_t count = 1 << 16;

template <class Draw> std::vector<double> sample(Draw draw) {
  std::vector<double> values(count);
  for (std::uint64_t i = 0; i < count; ++i) values[i] = draw(i);
  return values;
}

double moment(const std::vector<double>& values, double centre, int power) {
  double sum = 0;
  for (double v : values) sum += std::pow(v - centre, power);
  return sum / static_cast<double>(values.size());
}

// Chi-square statistic of equally likely bins, as standard deviations from its mean.
template <class Cdf> double chi_square_excess(const std::vector<double>& values, Cdf cdf) {
  constexpr std::size_t bins = 256;
  std::vector<double> hits(bins);
  for (double v : values) ++hits[std::min(static_cast<std::size_t>(cdf(v) * bins), bins - 1)];
  const double expected = static_cast<double>(values.size()) / bins;
  double chi = 0;
  for (double h : hits) chi += (h - expected) * (h - expected) / expected;
  return (chi - (bins - 1)) / std::sqrt(2.0 * (bins - 1));
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

TEST_CASE_TEMPLATE("philox: uniform numbers", T, float, double) {
  for (std::uint64_t stream : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xfedcba9876543210}}) {
    const auto values = sample([&](std::uint64_t i) { return random_uniform<T>(7, stream, i); });
    CHECK(*std::min_element(values.begin(), values.end()) >= 0);
    CHECK(*std::max_element(values.begin(), values.end()) < 1);
    CHECK(moment(values, 0, 1) == doctest::Approx(0.5).epsilon(0.01));
    CHECK(moment(values, 0.5, 2) == doctest::Approx(1.0 / 12).epsilon(0.02));
    CHECK(std::abs(chi_square_excess(values, [](double x) { return x; })) < 4);
  }
  const auto squared = sample([](std::uint64_t i) { return std::pow(random_uniform<T>(7, 0, i), T{2}); });
  CHECK(chi_square_excess(squared, [](double x) { return x; }) > 1000);  // the check can fail
}

TEST_CASE_TEMPLATE("philox: normal numbers", T, float, double) {
  const auto values = sample([](std::uint64_t i) { return random_normal<T>(42, 3, i); });
  CHECK(std::abs(moment(values, 0, 1)) < 0.015);
  CHECK(moment(values, 0, 2) == doctest::Approx(1).epsilon(0.02));
  CHECK(std::abs(moment(values, 0, 3)) < 0.05);
  CHECK(moment(values, 0, 4) == doctest::Approx(3).epsilon(0.05));
  CHECK(std::abs(chi_square_excess(values, normal_cdf)) < 4);
  double neighbours = 0;  // the two of a pair share their radius, but must not correlate
  for (std::size_t i = 0; i + 1 < values.size(); ++i) neighbours += values[i] * values[i + 1];
  CHECK(std::abs(neighbours / count) < 0.015);
}

TEST_CASE_TEMPLATE("philox: the words that might give log(0) give finite normal numbers", T, float, double) {
  for (std::uint32_t word : {0u, 1u, 0xffu, 0x7fffffffu, 0xffffff7fu, 0xffffffffu})
    for (int which = 0; which < detail::normals_per_block<T>; ++which) {
      const T x = detail::normal_in_block<T>({{word, word, word, word}}, which);
      CHECK(std::isfinite(x));
      CHECK(std::abs(x) < T(8.7));
    }
}

TEST_CASE_TEMPLATE("philox: truncated normal numbers", T, float, double) {
  const auto values = sample([](std::uint64_t i) { return random_truncated_normal<T>(1, 0, i); });
  CHECK(*std::max_element(values.begin(), values.end()) <= 2);
  CHECK(*std::min_element(values.begin(), values.end()) >= -2);
  CHECK(*std::max_element(values.begin(), values.end()) > 1.99);
  CHECK(std::abs(moment(values, 0, 1)) < 0.015);
  CHECK(moment(values, 0, 2) == doctest::Approx(0.7737).epsilon(0.02));
  const double below = normal_cdf(-2);
  CHECK(std::abs(chi_square_excess(values, [&](double x) { return (normal_cdf(x) - below) / (1 - 2 * below); })) < 4);
}

TEST_CASE("philox: seeds, streams and large indices are independent of each other") {
  const std::uint64_t far = 0xfffffffffffffff0;
  std::vector<std::uint32_t> seen;
  for (std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32, far})
    for (std::uint64_t stream : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32, far})
      for (std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4}, std::uint64_t{1} << 34, far})
        seen.push_back(random_bits(seed, stream, index));
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}
