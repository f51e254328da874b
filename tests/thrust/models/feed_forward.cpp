#include "support/models/feed_forward.hpp"
#include "support/models/on_thrust.hpp"

using namespace checks::feed_forward;

TEST_CASE_TEMPLATE_INVOKE(own_op, checks::thrust_cpp, checks::thrust_omp);
TEST_CASE_TEMPLATE_INVOKE(with_adam, checks::thrust_cpp, checks::thrust_omp);
