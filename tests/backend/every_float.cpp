#include <doctest/doctest.h>

#include <atomic>
#include <bit>
#include <mutex>
#include <thread>

#include "support/elementary_functions.hpp"

using namespace checks;
using tapeless::wide::sqrt;

namespace {

/// Each sign and exponent with the least and greatest significands and a few drawn ones, numbers drawn between the places
/// where f is constant or infinite, and the edges.
template <class T> std::vector<T> sample(const unary<T>& f) {
  using word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr int stored = std::numeric_limits<T>::digits - 1;
  constexpr word fraction = (word{1} << stored) - 1, exponents = word{1} << (sizeof(T) * 8 - stored);
  constexpr int drawn = sizeof(T) == 4 ? 200 : 12, between = 1 << 16;
  auto xs = special_values<T>();
  std::uint64_t index = 0;
  const auto bits = [&index] { return tapeless::random_bits(2026, 0, index++); };
  const auto wide_bits = [&] {
    const std::uint64_t high = bits();
    return high << 32 | bits();
  };
  for (word exponent = 0; exponent < exponents; ++exponent) {
    for (word w : {word{0}, word{1}, static_cast<word>(fraction - 1), fraction})
      xs.push_back(std::bit_cast<T>(static_cast<word>(exponent << stored | w)));
    for (int i = 0; i < drawn; ++i)
      xs.push_back(
          std::bit_cast<T>(static_cast<word>(exponent << stored | (static_cast<word>(wide_bits()) & fraction))));
  }
  const auto draw = [&](double from, double to) {
    for (int i = 0; i < between; ++i)
      xs.push_back(static_cast<T>(from + tapeless::uniform01(wide_bits()) * (to - from)));
  };
  draw(f.from, f.to);
  draw(std::max(f.from, -2.0), std::min(f.to, 2.0));
  while (xs.size() % 64 != 0) xs.push_back(T{1});
  return xs;
}

constexpr std::uint64_t block = 1 << 16, blocks = std::uint64_t{1} << 16;  // of all floats, in the order of their bits

/// The greatest error among the floats of blocks [begin, end), which the processors share.
worst_case<float> walk(const unary<float>& f, std::uint64_t begin = 0, std::uint64_t end = blocks) {
  std::atomic<std::uint64_t> next = begin;
  std::mutex mutex;
  worst_case<float> result;
  const auto work = [&] {
    worst_case<float> mine;
    constexpr auto size = static_cast<std::size_t>(vec<float>::size);
    for (std::uint64_t b; (b = next++) < end;)
      for (std::uint64_t i = b * block; i < (b + 1) * block; i += size) {
        float x[size], got[size];
        for (std::size_t k = 0; k < size; ++k) x[k] = std::bit_cast<float>(static_cast<std::uint32_t>(i + k));
        f.value(vec<float>::load(x)).store(got);
        for (std::size_t k = 0; k < size; ++k) {
          const double want = f.quick_reference(double{x[k]});
          if (std::bit_cast<std::uint32_t>(static_cast<float>(want)) != std::bit_cast<std::uint32_t>(got[k]))
            mine.add(error_in_ulp(got[k], want), x[k], 0, got[k]);
        }
      }
    const std::lock_guard lock(mutex);
    result.add(mine);
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) workers.emplace_back(work);
  work();
  workers.clear();
  return result;
}

}  // namespace

TEST_CASE_TEMPLATE("all exponents: within the promised ulp", T, float, double) {
  for (const auto& f : functions<T>()) {
    const auto result = worst(f, sample(f));
    INFO(f.name, "(", result.x, ") = ", result.got);
    CHECK(result.ulp <= f.ulp + slack<T>);
  }
}

TEST_CASE("all exponents: one wrong binade among all is noticed") {
  const unary<float> early_zero{
      "",       [](vec<float> x) { return select(x < vec<float>(-100.f), vec<float>(0.f), exp(x)); },
      nullptr,  std::exp,
      std::exp, -104,
      89,       2};
  CHECK(worst(early_zero, sample(early_zero)).ulp > 20);
  const unary<float> early_infinity{
      "", [](vec<float> x) { return exp(x) * vec<float>(1.001f); }, nullptr, std::exp, std::exp, 88, 89, 2};
  CHECK(worst(early_infinity, sample(early_infinity)).ulp == wrong);
}

TEST_CASE("every float: one wrong float among 2^16 is noticed") {
  constexpr std::uint64_t from_one = 0x3f80;  // the block that starts at 1
  const unary<float> good{"", sqrt<float>, nullptr, std::sqrt, std::sqrt, 0, 9, 0.5};
  CHECK(walk(good, from_one, from_one + 1).ulp <= 0.5);
  unary<float> bad = good;
  bad.value = [](vec<float> x) { return select(x == vec<float>(1.001f), vec<float>(1.f), sqrt(x)); };
  const auto found = walk(bad, from_one, from_one + 1);
  CHECK(found.ulp > 1000);
  CHECK(found.x == 1.001f);
}

/// On demand, a minute or so for each function: --no-skip --test-case="every float*" [--subcase=exp,log]
TEST_CASE("every float: within the promised ulp" * doctest::skip()) {
  for (const auto& f : functions<float>()) SUBCASE(f.name.c_str()) {
      const auto result = walk(f);
      MESSAGE(f.name, ": at most ", result.ulp, " ulp, at ", result.x);
      CHECK(result.ulp <= f.ulp);
    }
}
