#include "support/models/recurrent.hpp"

#include <tapeless/backend/reference/reference.hpp>

using namespace checks::recurrent;

TEST_CASE_TEMPLATE_INVOKE(plain, tl::simd, tl::reference);
TEST_CASE_TEMPLATE_INVOKE(lstm, tl::simd, tl::reference);
TEST_CASE_TEMPLATE_INVOKE(gru, tl::simd, tl::reference);
TEST_CASE_TEMPLATE_INVOKE(gru_reset_before, tl::simd, tl::reference);
