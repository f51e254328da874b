#include "support/models/feed_forward.hpp"
#include "support/models/layer.hpp"
#include "support/models/on_thrust.hpp"

namespace tl = tapeless;

TEST_CASE_TEMPLATE_INVOKE(checks::layer::as_a_graph, checks::thrust_cpp, checks::thrust_omp);
TEST_CASE_TEMPLATE_INVOKE(checks::feed_forward::own_op, checks::thrust_cpp, checks::thrust_omp);
TEST_CASE_TEMPLATE_INVOKE(checks::feed_forward::with_adam, checks::thrust_cpp, checks::thrust_omp);
