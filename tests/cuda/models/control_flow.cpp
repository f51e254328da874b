#include "support/models/control_flow.hpp"
#include "support/models/on_simulated_card.hpp"

using namespace checks::control_flow;

TEST_CASE_TEMPLATE_INVOKE(conditional_branches, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(loops, tl::cuda_on_host);
