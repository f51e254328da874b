#include "support/models/recurrent.hpp"
#include "support/models/on_thrust.hpp"

using namespace checks::recurrent;

TEST_CASE_TEMPLATE_INVOKE(plain, checks::thrust_cpp, checks::thrust_omp);
TEST_CASE_TEMPLATE_INVOKE(lstm, checks::thrust_cpp, checks::thrust_omp);
TEST_CASE_TEMPLATE_INVOKE(gru, checks::thrust_omp);
TEST_CASE_TEMPLATE_INVOKE(gru_reset_before, checks::thrust_cpp);
