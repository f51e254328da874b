#pragma once
#include "compiled_rows.hpp"
#include "support/thrust_systems.hpp"

namespace checks {

/// Holds compiled rows on Thrust to what they are held to on the other backends: values, and derivatives to some order.
template <const auto& Rows, std::size_t First, std::size_t Count, int Orders, class... Systems> void check_on_thrust(long least) {
  faults found;
  long comparisons = 0;
  ((comparisons += detail::check_compiled<Rows, First, Count, float, tl::thrust<Systems>, Orders, false, false>(found, {}, "on Thrust")), ...);
  expect(found);
  std::printf("rows on Thrust from %zu: %ld comparisons\n", First, comparisons);
  CHECK(comparisons >= least);
}

}  // namespace checks
