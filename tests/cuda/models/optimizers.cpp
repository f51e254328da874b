#include "support/models/optimizers.hpp"
#include "support/models/on_simulated_card.hpp"

using namespace checks::optimizers;

TEST_CASE_TEMPLATE_INVOKE(paths, tl::cuda_on_host);
