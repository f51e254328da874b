#include "support/models/recurrent.hpp"
#include "support/models/on_simulated_card.hpp"

using namespace checks::recurrent;

TEST_CASE_TEMPLATE_INVOKE(plain, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(lstm, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(gru, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(gru_reset_before, tl::cuda_on_host);
