#pragma once
// What the benchmark programs share: data, times, and the lines that bench/run reads.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <limits>
#include <new>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <tapeless/core/abi.hpp>

#ifdef TAPELESS_BENCH_PARALLEL  // CMake builds programs with a session once for each policy
#include <tapeless/backend/openmp.hpp>
#endif

namespace tapeless::inline TAPELESS_ABI {
struct simd;
struct simd_parallel;
}  // namespace tapeless

namespace bench {

#ifdef TAPELESS_BENCH_PARALLEL
using policy = tapeless::simd_parallel;
#else
using policy = tapeless::simd;
#endif

/// Forces what stands at `p` to be computed, and computed again after the next call.
inline void consume(const void* p) { asm volatile("" : : "r"(p) : "memory"); }

/// Random numbers from a fixed seed, aligned to a cache line. Where they start within a page can be chosen: a load right
/// behind a store to the same place of another page waits for it, and that should not depend on the allocator's mood.
template <class T> class numbers {
 public:
  static constexpr std::size_t page = 4096, line = 64;

  explicit numbers(std::int64_t count, T from = -1, T to = 1, std::size_t start_in_page = next_start())
      : memory_(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(count) * sizeof(T) + page, std::align_val_t(page)))),
        data_(reinterpret_cast<T*>(memory_ + start_in_page % page)), count_(count) {
    static std::uint64_t seed = 0;
    std::uint64_t state = ++seed * 0x9E3779B97F4A7C15u;
    for (auto& x : *this) {  // a multiplicative generator is quick enough for arrays of 2^24
      state = state * 6364136223846793005u + 1442695040888963407u;
      x = from + (to - from) * static_cast<T>(state >> 40) * static_cast<T>(0x1p-24);
    }
  }
  numbers(const numbers&) = delete;
  numbers& operator=(const numbers&) = delete;
  ~numbers() { ::operator delete(memory_, std::align_val_t(page)); }

  T* data() const { return data_; }
  T* begin() const { return data_; }
  T* end() const { return data_ + count_; }
  std::size_t size() const { return static_cast<std::size_t>(count_); }
  T& operator[](std::size_t i) const { return data_[i]; }

 private:
  static std::size_t next_start() {
    static std::size_t start = 0;
    return start += 3 * line;
  }

  std::byte* memory_;
  T* data_;
  std::int64_t count_;
};

/// What one call does at least: the roofline is drawn from it.
struct work {
  double flops = 0, read = 0, written = 0;  ///< bytes that must come and go
  bool f64 = false;
};

/// One of those that take turns in a row. `run` leaves its results consumed.
template <class F> struct side {
  std::string name;
  F run;
};
template <class F> side(const char*, F) -> side<F>;

/// One row of the table, while it is measured.
class row {
 public:
  row(std::string name, std::function<std::pair<double, std::string>()> next, double seconds)
      : name_(std::move(name)), next_(std::move(next)), seconds_(seconds) {}

  /// Compares what two sides computed before their times are compared.
  template <class A, class B> void expect_close(const A& a, const B& b, double tolerance) const {
    double error = 0, scale = 0;
    auto y = std::begin(b);
    for (const auto& x : a) {
      error = std::max(error, std::abs(static_cast<double>(x) - static_cast<double>(*y)));
      scale = std::max(scale, std::abs(static_cast<double>(*y++)));
    }
    if (!(error <= tolerance * scale)) std::fprintf(stderr, "%s: the sides differ by %g of %g\n", name_.c_str(), error, scale), std::exit(1);
  }
  void expect_close(float a, float b, double tolerance) const { expect_close(std::vector{a}, std::vector{b}, tolerance); }

  /// Tells what all sides found, a value and its gradient one behind the other: bench/run compares it with what rivals in other
  /// programs say they found.
  template <class Numbers> void found(const Numbers& numbers) {
    long double value = 0, sum = 0, weighted = 0, scale = 0;
    std::size_t i = 0;
    for (const long double x : numbers) {
      if (i == 0) value = x;
      else sum += x, weighted += x * static_cast<long double>(1 + i % 7), scale += std::abs(x);
      ++i;
    }
    char text[128];
    std::snprintf(text, sizeof text, "\t%.15Lg %.15Lg %.15Lg %.15Lg", value, sum, weighted, scale);
    digest_ = text;
  }

  /// What is waited for behind a batch of calls, where these only issue work: that of a card.
  void wait_with(std::function<void()> wait) { wait_ = std::move(wait); }

  /// Prints the least times of the sides, which take turns so that a disturbance meets them all; again and again while
  /// this row is asked for.
  template <class... F> void measure(const work& of, side<F>... sides) {
    do {
      std::vector<double> least(sizeof...(F), std::numeric_limits<double>::infinity());
      // Short enough to fit between two disturbances, long enough for the clock.
      const double batch = wait_ ? 2e-2 : has_threads_ ? 5e-3 : 2e-4;
      const std::vector<int> repeats{static_cast<int>(std::clamp(batch / std::max(first_time(sides.run), 1e-9), 1.0, 1e5))...};
      const auto start = clock::now();
      for (int round = 0; round < 2 || since(start) < seconds_; ++round) {
        std::size_t i = 0;
        ((settle(sides.run), least[i] = std::min(least[i], time(sides.run, repeats[i])), ++i), ...);
      }
      std::size_t i = 0;
      (std::printf("%s\t%s\t%.9g\t%.9g\t%.9g\t%.9g\t%d%s\n", name_.c_str(), sides.name.c_str(), least[i++], of.flops, of.read, of.written, of.f64, digest_.c_str()), ...);
    } while (asked_again());
  }

  const std::string& asked_next() const { return asked_; }
  double seconds() const { return seconds_; }

 private:
  using clock = std::chrono::steady_clock;
  static double since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }
  template <class F> double time(const F& f, int repeats) const {
    const auto start = clock::now();
    for (int i = 0; i < repeats; ++i) f();
    if (wait_) wait_();
    return since(start) / repeats;
  }
  template <class F> double first_time(const F& f) const {
    double first = time(f, 1);
    if (wait_) first = time(f, 1);  // the very first allocates, captures and loads kernels
    return first > 1e-3 ? first : time(f, 3);
  }
  /// Threads of the side before may still be spinning in the hope of more work.
  template <class F> void settle(const F& f) const {
    if (!has_threads_) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    f();
  }
  bool asked_again() {
    std::puts(".");
    std::fflush(stdout);
    std::tie(seconds_, asked_) = next_();
    return asked_ == name_;
  }

  std::string name_, asked_, digest_;
  std::function<std::pair<double, std::string>()> next_;
  std::function<void()> wait_{};
  double seconds_;
  bool has_threads_ = [] {
    const char* const threads = std::getenv("OMP_NUM_THREADS");
    return threads != nullptr && std::atoi(threads) > 1;
  }();
};

/// The rows of a program: name, and a function that sets the row up and measures it.
using rows = std::vector<std::pair<std::string, std::function<void(row&)>>>;

/// The main function of a benchmark program.
///   program --list         prints the names of the rows
///   program --serve        reads lines "seconds row" and answers each with "row side seconds flops read written f64" for each
///                          side, between tabs, and a line "."
///   program [words ...]    does so for all rows, or those with one of the words in their name
inline int serve(int argc, char** argv, const rows& all) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  if (words == std::vector<std::string_view>{"--list"}) {
    for (const auto& [name, make] : all) std::puts(name.c_str());
    return 0;
  }
  std::size_t i = 0;
  std::function<std::pair<double, std::string>()> next = [&]() -> std::pair<double, std::string> {
    const auto wanted = [&](const std::string& name) {
      return words.empty() || std::any_of(words.begin(), words.end(), [&](auto w) { return name.find(w) != name.npos; });
    };
    while (i < all.size() && !wanted(all[i].first)) ++i;
    return {1, i < all.size() ? all[i++].first : ""};
  };
  if (words == std::vector<std::string_view>{"--serve"}) {
    next = [] {
      std::pair<double, std::string> request;
      if (std::string line; std::getline(std::cin, line)) {
        std::istringstream in(line);
        in >> request.first >> std::ws;
        std::getline(in, request.second);
      }
      return request;
    };
  }
  for (auto [seconds, name] = next(); !name.empty();) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& r) { return r.first == name; });
    if (found == all.end()) {
      std::fprintf(stderr, "no row \"%s\"\n", name.c_str());
      return 1;
    }
    row r(name, next, seconds);
    found->second(r);
    name = r.asked_next(), seconds = r.seconds();
  }
  return 0;
}

}  // namespace bench
