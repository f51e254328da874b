// What compares tensors with an oracle's finds out each kind of difference.
#include "compare.hpp"

#include <limits>
#include <vector>

namespace {

const double right[]{1, -2, 3};
constexpr oracle::sample samples[]{{0, 1}, {2, 3}};

void check(const std::vector<double>& found) {
  oracle::check_samples(found, samples, 1e-9);
  oracle::check_all(found, right, 1e-9);
  oracle::check_sums(found, 2, 6, 14, 1e-9);
  CHECK(oracle::relative_distance(found, right) <= 1e-9);
}

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("what an oracle stored is found in its tensor") { check({1, -2, 3}); }
TEST_CASE("a sample that is off" * doctest::should_fail()) { oracle::check_samples(std::vector<double>{1, -2, 3.1}, samples, 1e-9); }
TEST_CASE("a sample that is no number" * doctest::should_fail()) { oracle::check_samples(std::vector<double>{no_number, -2, 3}, samples, 1e-9); }
TEST_CASE("an element that is off" * doctest::should_fail()) { oracle::check_all(std::vector<double>{1, -2.1, 3}, right, 1e-9); }
TEST_CASE("an element too few" * doctest::should_fail()) { oracle::check_all(std::vector<double>{1, -2}, right, 1e-9); }
TEST_CASE("sums that are off" * doctest::should_fail()) { oracle::check_sums(std::vector<double>{1, -2.1, 3}, 2, 6, 14, 1e-9); }
TEST_CASE("a curve that is off" * doctest::should_fail()) { CHECK(oracle::relative_distance(std::vector<double>{1, -2, 3.1}, right) <= 1e-9); }
TEST_CASE("a curve that is no number" * doctest::should_fail()) { CHECK(oracle::relative_distance(std::vector<double>{1, no_number, 3}, right) <= 1e-9); }
