#include "support/models/control_flow.hpp"
#include "support/models/on_thrust.hpp"

using namespace checks::control_flow;

TEST_CASE_TEMPLATE_INVOKE(conditional_branches, checks::thrust_cpp, checks::thrust_omp);
TEST_CASE_TEMPLATE_INVOKE(loops, checks::thrust_cpp, checks::thrust_omp);
