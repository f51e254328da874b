#include <tapeless/core/device_math.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

// What CUDA threads compute, against the host's long double.

namespace {

namespace own = tapeless::math::on_device;

template <class T> double ulps(T x, long double exact) {
  if (std::isnan(exact)) return std::isnan(x) ? 0 : std::numeric_limits<double>::infinity();
  int exponent = 0;
  std::frexp(exact, &exponent);
  const long double unit = std::ldexp(1.0L, std::max(exponent, std::numeric_limits<T>::min_exponent) - std::numeric_limits<T>::digits);
  return static_cast<double>(std::abs(static_cast<long double>(x) - exact) / unit);
}

/// The greatest error over numbers of both signs and all exponents.
template <class T, class F, class G> double error(F f, G exact) {
  std::mt19937_64 random(7);
  double most = 0;
  for (int exponent = -30; exponent < std::numeric_limits<T>::max_exponent; ++exponent)
    for (int i = 0; i < 500; ++i) {
      const T x = std::ldexp(static_cast<T>(static_cast<double>(random() >> 11) * 0x1p-53), exponent) * (i % 2 == 0 ? T(1) : T(-1));
      most = std::max(most, ulps(f(x), exact(static_cast<long double>(x))));
    }
  for (int n = 1; n < 30000; ++n) {  // beside the zeros
    const T x = static_cast<T>(n * 1.57079632679489661923L);
    most = std::max(most, ulps(f(x), exact(static_cast<long double>(x))));
  }
  return most;
}
template <class T> void check_turns(double bound, double bound_of_tan) {
  CHECK(error<T>([](T x) { return own::sin(x); }, [](long double x) { return std::sin(x); }) < bound);
  CHECK(error<T>([](T x) { return own::cos(x); }, [](long double x) { return std::cos(x); }) < bound);
  CHECK(error<T>([](T x) { return own::tan(x); }, [](long double x) { return std::tan(x); }) < bound_of_tan);
  CHECK(error<T>([](T x) { return own::sin(x) * (1 + 4 * std::numeric_limits<T>::epsilon()); }, [](long double x) { return std::sin(x); }) > bound);  // a control
  const T infinity = std::numeric_limits<T>::infinity();
  CHECK(std::isnan(own::sin(infinity)));
  CHECK(std::isnan(own::cos(-infinity)));
  CHECK(std::isnan(own::tan(std::numeric_limits<T>::quiet_NaN())));
  CHECK(std::signbit(own::sin(T(-0.0))));
  CHECK(std::signbit(own::tan(T(-0.0))));
}

}  // namespace

TEST_CASE("math on a device: turns") {
  check_turns<float>(1.5, 1.0);
  check_turns<double>(1.0, 2.5);
}

TEST_CASE("math on a device: the worst cases of many turns") {
  // Among all doubles, what comes nearest to a multiple of pi / 2.
  const double x = 6381956970095103 * 0x1p797;
  CHECK(ulps(own::cos(x), -4.68716592425462761112258e-19L) < 1);
  CHECK(ulps(own::sin(x), 1.0L) < 1);
}
