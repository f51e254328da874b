#pragma once
#include "steps.hpp"

#include <tapeless/thrust/thrust.hpp>

namespace checks {

using thrust_cpp = tapeless::thrust<tapeless::systems::cpp>;
using thrust_omp = tapeless::thrust<tapeless::systems::omp>;
template <> inline constexpr std::size_t most_steps<thrust_cpp> = 51;
template <> inline constexpr std::size_t most_steps<thrust_omp> = 51;

}  // namespace checks
