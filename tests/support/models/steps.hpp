#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>

namespace checks {

/// So many steps of a training that an oracle knows are taken at most on a backend; less where the host plays a card.
template <class Backend> inline constexpr std::size_t most_steps = static_cast<std::size_t>(-1);
template <class Backend> constexpr std::size_t steps_on(std::size_t all) { return std::min(all, most_steps<Backend>); }

/// What an oracle knows of the first `count` steps.
template <class Curve> auto first(const Curve& curve, std::size_t count) { return std::span(curve).first(std::min(count, std::size(curve))); }

}  // namespace checks
