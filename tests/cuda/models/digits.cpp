#include "support/models/digits.hpp"
#include "support/models/on_simulated_card.hpp"

using namespace checks::digits_net;

TEST_CASE_TEMPLATE_INVOKE(thirty_epochs, tl::cuda_on_host);
TEST_CASE_TEMPLATE_INVOKE(sure_digits, tl::cuda_on_host);
