#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/elementary_functions.hpp"

using namespace tapeless;
using namespace checks;

namespace {

struct random_source {
  std::uint64_t state = 1;
  std::uint64_t bits() {  // splitmix64
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double between(double from, double to) { return from + static_cast<double>(bits() >> 11) * 0x1p-53 * (to - from); }
};

template <class T> T any_bits(random_source& random) {
  if constexpr (sizeof(T) == 4)
    return std::bit_cast<float>(static_cast<std::uint32_t>(random.bits()));
  else
    return std::bit_cast<double>(random.bits());
}

// Arguments over the range, near zero, and over all bit patterns; a multiple of every vector size.
template <class T> std::vector<T> arguments(double from, double to) {
  auto values = special_values<T>();
  random_source random;
  while (values.size() < 8192) {
    values.push_back(static_cast<T>(random.between(from, to)));
    values.push_back(static_cast<T>(random.between(std::max(from, -2.0), std::min(to, 2.0))));
    values.push_back(any_bits<T>(random));
  }
  values.resize(8192);
  return values;
}

template <class T> worst_case<T> worst(const unary<T>& f) { return checks::worst(f, arguments<T>(f.from, f.to)); }

template <class T> worst_case<T> worst(const binary<T>& f) {
  worst_case<T> result;
  const auto check = [&](T x, T y) {
    const T got = f.value(vec<T>(x), vec<T>(y))[0];
    result.add(error_in_ulp(got, f.reference(exact{x}, exact{y})), x, y, got);
  };
  for (T x : special_values<T>())
    for (T y : special_values<T>()) check(x, y);
  random_source random;
  const double widest = std::log(static_cast<double>(std::numeric_limits<T>::max()));
  for (int i = 0; i < 4000; ++i) {
    check(static_cast<T>(random.between(-9, 9)), static_cast<T>(random.between(-9, 9)));
    check(static_cast<T>(random.between(-9, 9)), static_cast<T>(std::floor(random.between(-30, 30))));
    const T x =
        static_cast<T>(std::exp(random.between(-widest, widest)));  // and y so that x^y is not far from the ends
    check(x, static_cast<T>(random.between(-1.05, 1.05) * widest / std::log(static_cast<double>(x))));
    const T near_one = static_cast<T>(1 + random.between(-1, 1) * 1e-3);
    check(near_one, static_cast<T>(random.between(-1.05, 1.05) * widest / std::log(static_cast<double>(near_one))));
  }
  return result;
}

}  // namespace

TEST_CASE_TEMPLATE("simd math: within the promised ulp of the exact result, limits exact", T, float, double) {
  for (const auto& f : functions<T>()) {
    const auto result = worst(f);
    INFO(f.name, "(", result.x, ") = ", result.got);
    CHECK(result.ulp <= f.ulp + slack<T>);
  }
  for (const auto& f : pair_functions<T>()) {
    const auto result = worst(f);
    INFO(f.name, "(", result.x, ", ", result.y, ") = ", result.got);
    CHECK(result.ulp <= f.ulp + slack<T>);
  }
}

TEST_CASE_TEMPLATE("simd math: an error of a few ulp is noticed", T, float, double) {
  const unary<T> sloppy{
      "", [](vec<T> x) { return sqrt(x) * vec<T>(T{1} + 4 * std::numeric_limits<T>::epsilon()); },
      nullptr, std::sqrt, std::sqrt, 0, 9, 0};
  CHECK(worst(sloppy).ulp > 3);
  const unary<T> signless{
      "", [](vec<T> x) { return expm1(x) + vec<T>(T{0}); }, nullptr, std::expm1, std::expm1, -1, 1, 0};
  CHECK(worst(signless).ulp == wrong);
}

TEST_CASE_TEMPLATE("simd math: tapeless::math means the same", T, float, double) {
  for (const auto& f : functions<T>())
    for (T x : arguments<T>(f.from, f.to)) {
      const double error = error_in_ulp(f.scalar(x), f.reference(exact{x}));
      INFO(f.name, "(", x, ") = ", f.scalar(x));
      if (error > 4 + slack<T>) CHECK(error <= 4 + slack<T>);
    }
  for (const auto& f : pair_functions<T>())
    for (T x : special_values<T>())
      for (T y : special_values<T>()) {
        const double error = error_in_ulp(f.scalar(x, y), f.reference(exact{x}, exact{y}));
        INFO(f.name, "(", x, ", ", y, ") = ", f.scalar(x, y));
        if (error > 2) CHECK(error <= 2);
      }
}

TEST_CASE("simd math: sines keep their precision next to their zeros") {
  const exact quarter = std::acos(exact{-1}) / 2;
  double error = 0;
  for (int k = 1; k < 20000; ++k) {
    const double x = static_cast<double>(k * quarter);
    error = std::max(error, error_in_ulp(sin(vec<double>(x))[0], std::sin(exact{x})));
    error = std::max(error, error_in_ulp(cos(vec<double>(x))[0], std::cos(exact{x})));
    const float y = static_cast<float>(k * quarter);
    error = std::max(error, error_in_ulp(sin(vec<float>(y))[0], std::sin(exact{y})));
    error = std::max(error, error_in_ulp(cos(vec<float>(y))[0], std::cos(exact{y})));
  }
  CHECK(error <= 3 + slack<double>);
}

TEST_CASE("simd math: lanes do not influence each other") {
  for (const auto& f : functions<float>()) {
    INFO(f.name);
    random_source random;
    float lanes[64];
    for (int round = 0; round < 50; ++round) {
      for (auto& x : lanes)
        x = random.bits() % 4 == 0 ? any_bits<float>(random) : static_cast<float>(random.between(f.from, f.to));
      float together[64];
      f.value(vec<float>::load(lanes)).store(together);
      for (int i = 0; i < vec<float>::size; ++i) {
        const float alone = f.value(vec<float>(lanes[i]))[0];
        CHECK((error_in_ulp(together[i], exact{alone}) <= 2 * f.ulp));
      }
    }
  }
}

TEST_CASE_TEMPLATE("simd math: valid arguments raise neither invalid nor division by zero", T, float, double) {
  for (const auto& f : functions<T>()) {
    int raised = 0;
    T culprit{};
    for (T x : arguments<T>(f.from, f.to)) {
      if (std::isnan(x) || !std::isfinite(static_cast<T>(f.reference(exact{x})))) continue;
      std::feclearexcept(FE_ALL_EXCEPT);
      volatile T result = f.value(vec<T>(x))[0];
      static_cast<void>(result);
      if (std::fetestexcept(FE_INVALID | FE_DIVBYZERO) != 0) {
        ++raised;
        culprit = x;
      }
    }
    INFO(f.name, "(", culprit, ")");
    CHECK(raised == 0);
  }
  std::feclearexcept(FE_ALL_EXCEPT);
}

TEST_CASE_TEMPLATE("simd math: other rounding modes cost precision, not sense", T, float, double) {
  for (int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO})
    for (const auto& f : functions<T>()) {
      if (f.ulp == 0) continue;                         // rounding to integers follows the mode
      if (sizeof(T) == 4 && f.name == "tan") continue;  // quarter turns are miscounted next to its poles
      double error = 0;
      T culprit{};
      for (int i = 0; i < 500; ++i) {
        const T x =
            static_cast<T>(std::max(f.from, -20.0) + (std::min(f.to, 20.0) - std::max(f.from, -20.0)) * i / 500);
        std::fesetround(mode);
        const T got = f.value(vec<T>(x))[0];
        std::fesetround(FE_TONEAREST);
        const exact want = f.reference(exact{x});
        const double relative = static_cast<double>(std::fabs(got - want) / (1 + std::fabs(want)));
        if (!(relative <= error)) {
          error = relative;
          culprit = x;
        }
      }
      INFO(f.name, "(", culprit, ") in mode ", mode);
      CHECK(error < 1e-4);
    }
}

TEST_CASE("simd math: the limits that plain vector code gets wrong") {
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(sigmoid(vec<float>(-100.f))[0] == std::exp(-100.f));
  CHECK(sigmoid(vec<float>(-1e20f))[0] == 0);
  CHECK(softplus(vec<float>(89.f))[0] == 89);
  CHECK(softplus(vec<float>(-inf))[0] == 0);
  CHECK(exp(vec<float>(88.6f))[0] < inf);
  CHECK(exp(vec<float>(-100.f))[0] > 0);
  CHECK(std::isnan(max(vec<float>(nan), vec<float>(0.f))[0]));
  CHECK(std::isnan(max(vec<float>(0.f), vec<float>(nan))[0]));
  CHECK(std::isnan(min(vec<float>(nan), vec<float>(0.f))[0]));
  CHECK(std::isnan(min(vec<float>(0.f), vec<float>(nan))[0]));
  CHECK(log2(vec<float>(0x1p-149f))[0] == -149);
  CHECK(exp2(vec<double>(-1074.0))[0] == 0x1p-1074);
  CHECK(any(isnan(vec<float>(nan))));
  CHECK(all(isinf(vec<double>(-std::numeric_limits<double>::infinity()))));
  CHECK(all(isfinite(vec<double>(1e308))));
  CHECK_FALSE(any(isfinite(vec<float>(nan))));
}
