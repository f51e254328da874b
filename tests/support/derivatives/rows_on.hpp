#pragma once
#include "compiled_rows.hpp"

namespace checks {

/// Holds compiled rows on other backends to what they are held to on simd and the reference: values, and derivatives to some
/// order. `least`: so many comparisons there must be.
template <const auto& Rows, std::size_t First, std::size_t Count, int Orders, class... Backends> void check_rows_on(const char* where, long least) {
  faults found;
  long comparisons = 0;
  ((comparisons += detail::check_compiled<Rows, First, Count, float, Backends, Orders, false, false>(found, {}, where)), ...);
  expect(found);
  std::printf("rows %s from %zu: %ld comparisons\n", where, First, comparisons);
  CHECK(comparisons >= least);
}

}  // namespace checks
