#include "support/models/softmax_classifier.hpp"

#include <tapeless/backend/reference/reference.hpp>

using namespace checks::softmax_classifier;

TEST_CASE_TEMPLATE_INVOKE(loss_written_out, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(loss_from_logits, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(huge_logits, tl::simd, tl::reference);
