#include "support/models/digits.hpp"
#include "support/models/on_thrust.hpp"

using namespace checks::digits_net;

TEST_CASE_TEMPLATE_INVOKE(thirty_epochs, checks::thrust_cpp);
TEST_CASE_TEMPLATE_INVOKE(sure_digits, checks::thrust_cpp, checks::thrust_omp);
