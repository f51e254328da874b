#include "support/reduction.hpp"

#include <tapeless/ops/any_all.hpp>

namespace checks {

TEST_CASE("any: of no elements false") {
  check_reduction<bool>([]<int... Axes>(auto x) { return tl::any<Axes...>(x); }, 0, [](bool a, bool b) { return a || b; });
}

TEST_CASE("all: of no elements true") {
  check_reduction<bool>([]<int... Axes>(auto x) { return tl::all<Axes...>(x); }, 1, [](bool a, bool b) { return a && b; });
}

}  // namespace checks
