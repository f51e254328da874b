#include "support/models/convolution.hpp"

using namespace checks::convolution;

TEST_CASE_TEMPLATE_INVOKE(learns_as_in_jax, tl::simd);
