#pragma once
#include <tapeless/run/session.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

namespace checks {

namespace tl = tapeless;

/// Small whole numbers, of which products and sums are exact.
template <class T> std::vector<T> whole_numbers(std::int64_t n, int seed, int below = 8) {
  std::vector<T> x(static_cast<std::size_t>(n));
  std::uint32_t state = static_cast<std::uint32_t>(seed) * 2654435761u + 1;
  for (auto& e : x) {
    state = state * 1664525u + 1013904223u;
    e = static_cast<T>(static_cast<int>((state >> 16) % static_cast<unsigned>(2 * below)) - below);
  }
  return x;
}

template <class T> std::vector<double> numbers_of(const T& t) {
  std::vector<double> x;
  if constexpr (requires { t.begin(); })
    for (auto e : t) x.push_back(static_cast<double>(e));
  else x.push_back(static_cast<double>(t));
  return x;
}
/// The greatest distance of an element relative to the greatest one, over all that two sessions have fetched.
template <class A, class B> double card_distance(const A& a, const B& b) {
  double most = 0;
  const auto compare = [&](const auto& some, const auto& others) {
    const auto x = numbers_of(some), y = numbers_of(others);
    if (x.size() != y.size()) most = 1e30;
    double scale = 1e-30;
    for (double e : y) scale = std::max(scale, std::abs(e));
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
      if (const double d = std::abs(x[i] - y[i]) / scale; !(d <= most)) most = d == d ? d : 1e30;
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) { (compare(std::get<I>(a), std::get<I>(b)), ...); }(std::make_index_sequence<std::tuple_size_v<A>>{});
  return most;
}

}  // namespace checks
