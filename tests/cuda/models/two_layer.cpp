#include "support/models/two_layer.hpp"
#include "support/models/on_simulated_card.hpp"

using namespace checks::two_layer;

TEST_CASE_TEMPLATE_INVOKE(all_fed, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(updated_in_graph, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(mean_squared, tl::cuda_on_host);
