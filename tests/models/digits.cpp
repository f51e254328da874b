#include "support/models/digits.hpp"

using namespace checks::digits_net;

TEST_CASE_TEMPLATE_INVOKE(thirty_epochs, tl::simd);
TEST_CASE_TEMPLATE_INVOKE(sure_digits, tl::simd);
