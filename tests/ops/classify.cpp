#include "support/check.hpp"

#include <tapeless/ops/classify.hpp>

namespace checks {

namespace {
constexpr auto isnan = [](auto x) { return tl::isnan(x); };
constexpr auto isinf = [](auto x) { return tl::isinf(x); };
constexpr auto isfinite = [](auto x) { return tl::isfinite(x); };

template <class F, class T> void check_question(const auto& oracle) {
  using program = elementwise_program<F, T, 1, false>;
  auto in = program::inputs::filled(0, T{});
  in.x[0] = corners<T>();
  const auto on_simd = program::template run<simd>(in), on_reference = program::template run<reference>(in);
  for (std::size_t i = 0; i < in.x[0].size(); ++i) {
    INFO("x = ", in.x[0][i]);
    CHECK(on_simd.value[i] == oracle(in.x[0][i]));
    CHECK(on_reference.value[i] == oracle(in.x[0][i]));
  }
}
}  // namespace

TEST_CASE_TEMPLATE("isnan, isinf, isfinite", T, float, double) {
  check_question<decltype(isnan), T>([](T x) { return std::isnan(x); });
  check_question<decltype(isinf), T>([](T x) { return std::isinf(x); });
  check_question<decltype(isfinite), T>([](T x) { return std::isfinite(x); });
}

}  // namespace checks
