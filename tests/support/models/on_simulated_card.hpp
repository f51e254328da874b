#pragma once
#include "steps.hpp"

#include <tapeless/cuda/cuda_on_host.hpp>

template <> inline constexpr std::size_t checks::most_steps<tapeless::cuda_on_host> = 51;
