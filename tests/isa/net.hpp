#pragma once
#include <tapeless/tapeless.hpp>

#include <vector>

// Loops, rows and products whose sizes are multiples of no register's lanes, in both floating dtypes.
namespace net {

namespace tl = tapeless;
using namespace tl::literals;

inline constexpr std::size_t rows = 13, columns = 37, hidden = 19, classes = 7;

constexpr tl::placeholder<"x", float, rows, columns> x;
constexpr tl::placeholder<"d", double, columns> d;
constexpr tl::variable<"w", float, columns, hidden, tl::uniform(-1, 1)> w;
constexpr tl::variable<"v", float, hidden, classes, tl::uniform(-1, 1)> v;

constexpr auto h = tl::tanh(tl::matmul(x, w));
constexpr auto loss = -tl::mean(tl::log_softmax(tl::matmul(h, v)));
constexpr auto chain = tl::exp(tl::sin(d)) * d + tl::sqrt(tl::abs(d));

/// Everything that a session with this backend computes of the net, one number after the other.
template <class Backend> std::vector<double> run(const std::vector<float>& xs, const std::vector<double>& ds) {
  static auto session = tl::session<Backend>(loss, tl::derivative(loss, w), tl::derivative(loss, v), chain, tl::derivative(tl::sum(chain), d));
  session.initialize(1);
  const auto [value, dw, dv, chained, dd] = session.run(x = xs, d = ds);
  std::vector<double> all{value};
  for (auto e : dw) all.push_back(e);
  for (auto e : dv) all.push_back(e);
  for (auto e : chained) all.push_back(e);
  for (auto e : dd) all.push_back(e);
  return all;
}

}  // namespace net
