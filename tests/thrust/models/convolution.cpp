#include "support/models/convolution.hpp"
#include "support/models/on_thrust.hpp"

using namespace checks::convolution;

TEST_CASE_TEMPLATE_INVOKE(learns_as_in_jax, checks::thrust_omp);
