#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cuda.hpp>

#include "support/models/control_flow.hpp"
#include "support/models/convolution.hpp"
#include "support/models/recurrent.hpp"
#include "support/models/two_layer.hpp"

// On a card, the models that the tests of the processor hold against oracles from outside.

TEST_CASE_TEMPLATE_INVOKE(checks::two_layer::updated_in_graph, tapeless::cuda);
TEST_CASE_TEMPLATE_INVOKE(checks::recurrent::gru, tapeless::cuda);
TEST_CASE_TEMPLATE_INVOKE(checks::convolution::learns_as_in_jax, tapeless::cuda);
TEST_CASE_TEMPLATE_INVOKE(checks::control_flow::conditional_branches, tapeless::cuda);
