// edges 42: what loops compute beyond the last element must not be seen: no floating-point exceptions on valid numbers. And nothing
// breaks under other rounding modes, though values are less exact there: arguments are reduced by rounding.
#include "support/elementwise.hpp"

#include <tapeless/ops/ops.hpp>

#include <cfenv>
#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace checks {

namespace {
constexpr auto partial = [](auto x) { return tl::log(x) / x + tl::sqrt(x) * tl::rsqrt(x) + tl::reciprocal(x) + tl::log1p(-0.5_c + x); };
constexpr auto smooth = [](auto x) {
  return tl::exp(x) + tl::sin(x) * tl::cos(x) + tl::tanh(x) + tl::erf(x) + tl::softplus(x) + tl::pow(x, 1.5_c) + tl::asin(x * 0.25_c);
};

template <class F, class T, class B> auto computed(std::size_t n) {
  auto in = program_of_derivatives<F, T>::inputs::filled(n, T(1));
  in.x[0] = points<T>(0.6, 3, n);
  return program_of_derivatives<F, T>::template run<B>(in);
}
/// Raised by an operation that has no result or an infinite one.
template <class F, class T> void check_quiet() {
  using program = program_of_derivatives<F, T>;
  for (std::size_t n = 1; n <= 2 * static_cast<std::size_t>(lanes<T>) + 1; ++n) {
    auto in = program::inputs::filled(n, T(1));
    in.x[0] = points<T>(0.6, 3, n);
    CHECK_MESSAGE(program::template raised<simd>(in) == 0, n, " elements");
  }
}
}  // namespace

TEST_CASE_TEMPLATE("no exceptions on valid numbers", T, float, double) {
  check_quiet<decltype(partial), T>();
  check_quiet<decltype(smooth), T>();
}

TEST_CASE_TEMPLATE("other rounding modes", T, float, double) {
  const auto expected = computed<decltype(smooth), T, simd>(50).value;
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(mode);
    const auto found = computed<decltype(smooth), T, simd>(50).value;
    std::fesetround(FE_TONEAREST);
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(distance(found[i], expected[i]) < (sizeof(T) == 4 ? 1e-4 : 1e-8));
  }
}

#ifdef __SSE2__
TEST_CASE_TEMPLATE("subnormals flushed to 0", T, float, double) {
  const auto expected = computed<decltype(smooth), T, simd>(50);
  const auto before = _mm_getcsr();
  _mm_setcsr(before | 0x8040u);  // both what is computed and what is read
  const auto found = computed<decltype(smooth), T, simd>(50);
  _mm_setcsr(before);
  for (std::size_t i = 0; i < found.value.size(); ++i) {
    CHECK(found.value[i] == expected.value[i]);
    CHECK(found.first[0][i] == expected.first[0][i]);
  }
}
#endif

}  // namespace checks
