#include "support/models/feed_forward.hpp"

using namespace checks::feed_forward;

TEST_CASE_TEMPLATE_INVOKE(by_hand, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(automatic, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(own_op, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(in_sequence, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(module_class, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(with_adam, tl::simd);
