#pragma once
#include "rows_on.hpp"
#include "support/thrust_systems.hpp"

namespace checks {

/// check_rows_on, on Thrust's systems.
template <const auto& Rows, std::size_t First, std::size_t Count, int Orders, class... Systems> void check_on_thrust(long least) {
  check_rows_on<Rows, First, Count, Orders, tl::thrust<Systems>...>("on Thrust", least);
}

}  // namespace checks
