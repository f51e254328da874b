#pragma once
// What the benchmarks share: data, times, and the table they print.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <vector>

namespace bench {

/// Forces what stands at `p` to be computed, and computed again after the next call.
inline void consume(const void* p) { asm volatile("" : : "r"(p) : "memory"); }

/// Random numbers from a fixed seed, aligned to a cache line. Where they start within a page can be chosen: a load right
/// behind a store to the same place of another page waits for it, and that should not depend on the allocator's mood.
template <class T> class numbers {
 public:
  static constexpr std::size_t page = 4096, line = 64;

  numbers(std::int64_t count, T from, T to, std::size_t start_in_page = 0)
      : memory_(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(count) * sizeof(T) + page, std::align_val_t(page)))),
        data_(reinterpret_cast<T*>(memory_ + start_in_page % page)), count_(count) {
    static unsigned seed = 0;
    std::mt19937 random(++seed);
    std::uniform_real_distribution<T> uniform(from, to);
    for (auto& x : *this) x = uniform(random);
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
  std::byte* memory_;
  T* data_;
  std::int64_t count_;
};

struct times {
  double tapeless, rival;  ///< seconds for one call
};

/// The least times of two functions that take turns, so that a disturbance meets both.
template <class Tapeless, class Rival> times least_times(const Tapeless& tapeless, const Rival& rival, double seconds = 1) {
  using clock = std::chrono::steady_clock;
  const auto measure = [](const auto& f, int repeats) {
    const auto start = clock::now();
    for (int i = 0; i < repeats; ++i) f();
    return std::chrono::duration<double>(clock::now() - start).count() / repeats;
  };
  const double expected = std::max(measure(tapeless, 3), 1e-9);
  const int repeats = static_cast<int>(std::clamp(2e-4 / expected, 1.0, 1e5));  // short enough to fit between two disturbances
  times least{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  const auto start = clock::now();
  for (int round = 0; round < 20 || std::chrono::duration<double>(clock::now() - start).count() < seconds; ++round) {
    least.tapeless = std::min(least.tapeless, measure(tapeless, repeats));
    least.rival = std::min(least.rival, measure(rival, repeats));
  }
  return least;
}

inline std::string readable(double seconds) {
  char text[32];
  if (seconds < 1e-6) std::snprintf(text, sizeof(text), "%.1f ns", seconds * 1e9);
  else std::snprintf(text, sizeof(text), "%.2f us", seconds * 1e6);
  return text;
}

inline void heading() {
  std::printf("ratio: time of tapeless over that of the rival, so below 1 we are faster; bar: the largest ratio that is ok\n");
  std::printf("%-44s %12s %12s %7s %6s\n", "", "tapeless", "rival", "ratio", "bar");
}

/// Prints a row; whether the bar is met. A bar of 0 is none.
inline bool row(const std::string& name, times t, double bar) {
  const double ratio = t.tapeless / t.rival;
  const bool ok = bar <= 0 || ratio <= bar;
  std::printf("%-44s %12s %12s %7.2f", name.c_str(), readable(t.tapeless).c_str(), readable(t.rival).c_str(), ratio);
  if (bar > 0) std::printf(" %6.2f  %s\n", bar, ok ? "ok" : "short");
  else std::printf(" %6s\n", "-");
  std::fflush(stdout);
  return ok;
}

}  // namespace bench
