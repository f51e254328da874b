#include "support/models/softmax_classifier.hpp"
#include "support/models/on_thrust.hpp"

using namespace checks::softmax_classifier;

TEST_CASE_TEMPLATE_INVOKE(loss_written_out, checks::thrust_cpp, checks::thrust_omp);
TEST_CASE_TEMPLATE_INVOKE(huge_logits, checks::thrust_cpp, checks::thrust_omp);
