#pragma once
// What the programs of derivatives share: inputs that every rival makes for itself, and sums over arrays by hand.
#include <tapeless/tapeless.hpp>

#include <xsimd/xsimd.hpp>

#include "inputs.hpp"
#include "support.hpp"
#include <dlfcn.h>

namespace bench {

/// An array of inputs that the rivals have too.
struct input : numbers<double> {
  input(std::int64_t count, std::uint64_t seed, double from, double until) : numbers<double>(count) {
    for (std::size_t i = 0; i < size(); ++i) (*this)[i] = input_at(i, seed, from, until);
  }
};

using doubles = xsimd::batch<double>;
inline constexpr int width = static_cast<int>(doubles::size);

inline double sum_of(doubles x) {
#if XSIMD_VERSION_MAJOR >= 10
  return xsimd::reduce_add(x);
#else
  return xsimd::hadd(x);
#endif
}
/// The sum of term(i), or of terms at i and the following places, over i < n.
template <class Wide, class One> [[gnu::always_inline]] inline double sum_over(int n, Wide wide, One one) {
  doubles s0(0.0), s1(0.0), s2(0.0), s3(0.0);
  int i = 0;
  for (; i + 4 * width <= n; i += 4 * width) s0 += wide(i), s1 += wide(i + width), s2 += wide(i + 2 * width), s3 += wide(i + 3 * width);
  for (; i + width <= n; i += width) s0 += wide(i);
  double sum = i > 0 ? sum_of((s0 + s1) + (s2 + s3)) : 0;
  for (; i < n; ++i) sum += one(i);
  return sum;
}
/// e^x by whichever is there: glibc's libmvec is quicker than xsimd.
inline doubles exp_of(doubles x) {
  static void* const libmvec = dlopen("libmvec.so.1", RTLD_NOW);
#if defined(__AVX512F__)
  constexpr const char* name = "_ZGVeN8v_exp";
#elif defined(__AVX2__)
  constexpr const char* name = "_ZGVdN4v_exp";
#else
  constexpr const char* name = "_ZGVbN2v_exp";
#endif
  using data = decltype(doubles().data);
  static const auto exp = libmvec == nullptr ? nullptr : reinterpret_cast<data (*)(data)>(dlsym(libmvec, name));
  return exp != nullptr ? doubles(exp(x.data)) : xsimd::exp(x);
}
inline doubles load(const double* p) { return doubles::load_unaligned(p); }
inline void store(double* p, doubles x) { x.store_unaligned(p); }

/// A value and its gradient as one array.
template <class Result> std::vector<double> flat(const Result& result) {
  std::vector<double> all;
  const auto add = [&](const auto& part) {
    if constexpr (requires { part.data(); }) all.insert(all.end(), part.begin(), part.end());
    else all.push_back(static_cast<double>(part));
  };
  std::apply([&](const auto&... part) { (add(part), ...); }, result);
  return all;
}

/// A row of a function's value and gradient: the session of both, that of the value alone, and the same by hand.
///   run(session)   the session's results        hand(g)   returns the value and writes the gradient, `count` numbers
template <class Both, class Alone, class Run, class Hand, class HandPrimal>
void measure_gradient(row& r, const work& of, Both& both, Alone& alone, const Run& run, int count, const Hand& hand, const HandPrimal& hand_primal, double tolerance = 1e-10) {
  numbers<double> g(count);
  const auto ours = flat(run(both));
  std::vector<double> theirs{hand(g.data())};
  theirs.insert(theirs.end(), g.begin(), g.end());
  r.expect_close(std::vector{ours[0]}, std::vector{theirs[0]}, tolerance);
  r.expect_close(std::vector{std::get<0>(run(alone))}, std::vector{theirs[0]}, tolerance);
  r.expect_close(std::vector{hand_primal()}, std::vector{theirs[0]}, tolerance);
  r.expect_close(std::vector(ours.begin() + 1, ours.end()), std::vector(theirs.begin() + 1, theirs.end()), tolerance);
  r.found(ours);
  r.measure(of,
            side{"tapeless",
                 [&] {
                   const auto result = run(both);
                   consume(&result);
                 }},
            side{"hand",
                 [&] {
                   const double value = hand(g.data());
                   consume(&value), consume(g.data());
                 }},
            side{"primal",
                 [&] {
                   const auto result = run(alone);
                   consume(&result);
                 }},
            side{"primal by hand", [&] {
                   const double value = hand_primal();
                   consume(&value);
                 }});
}

}  // namespace bench
