#include "support/models/control_flow.hpp"

#include <tapeless/backend/reference/reference.hpp>

using namespace checks::control_flow;

TEST_CASE_TEMPLATE_INVOKE(conditional_branches, tl::simd, tl::reference);
TEST_CASE_TEMPLATE_INVOKE(loops, tl::simd, tl::reference);
