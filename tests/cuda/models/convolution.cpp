#include "support/models/convolution.hpp"
#include "support/models/on_simulated_card.hpp"

using namespace checks::convolution;

TEST_CASE_TEMPLATE_INVOKE(learns_as_in_jax, tl::cuda_on_host);
