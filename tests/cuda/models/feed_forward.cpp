#include "support/models/feed_forward.hpp"
#include "support/models/on_simulated_card.hpp"

using namespace checks::feed_forward;

TEST_CASE_TEMPLATE_INVOKE(own_op, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(with_adam, tl::cuda_on_host);
