#include "support/models/feed_forward.hpp"
#include "support/models/layer.hpp"
#include "support/models/on_simulated_card.hpp"

namespace tl = tapeless;

TEST_CASE_TEMPLATE_INVOKE(checks::layer::as_a_graph, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(checks::feed_forward::own_op, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(checks::feed_forward::with_adam, tl::cuda_on_host);
