#include "support/derivatives/compiled_rows.hpp"

#include <tapeless/thrust/thrust.hpp>

namespace {

template <std::size_t First, std::size_t Count, class Policy> void check(long least, const char* backend) {
  checks::faults found;
  const long comparisons = checks::detail::check_compiled<checks::structured_rows, First, Count, float, Policy, 1, false, false>(found, {}, backend);
  checks::expect(found);
  CHECK(comparisons >= least);
}

}  // namespace

TEST_CASE("rows of structured ops on Thrust") { check<0, 9, tapeless::thrust<tapeless::systems::cpp>>(100, "on cpp"); }
