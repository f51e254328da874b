#include "support/models/on_thrust.hpp"
#include "support/models/optimizers.hpp"
#include "support/thrust_systems.hpp"

using namespace checks::optimizers;

TEST_CASE_TEMPLATE_INVOKE(paths, checks::thrust_omp);

TEST_CASE("an element that is left behind is found out" * doctest::should_fail()) {
  check_path<tl::thrust<checks::loses_the_last_item>>(tl::optimizers::sgd(0.05_c), oracle_of::gradient_descent);
}
