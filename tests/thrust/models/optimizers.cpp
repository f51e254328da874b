#include "support/models/optimizers.hpp"
#include "support/models/on_thrust.hpp"

using namespace checks::optimizers;

TEST_CASE_TEMPLATE_INVOKE(paths, checks::thrust_omp);
