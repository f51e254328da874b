#include "support/models/softmax_classifier.hpp"
#include "support/models/on_simulated_card.hpp"

using namespace checks::softmax_classifier;

TEST_CASE_TEMPLATE_INVOKE(loss_written_out, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(huge_logits, tl::cuda_on_host);
