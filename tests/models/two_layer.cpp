#include "support/models/two_layer.hpp"

using namespace checks::two_layer;

TEST_CASE_TEMPLATE_INVOKE(all_fed, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(updated_in_graph, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(by_optimizer, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(mean_squared, tl::simd);
