#include "support/models/two_layer.hpp"
#include "support/models/on_thrust.hpp"

using namespace checks::two_layer;

TEST_CASE_TEMPLATE_INVOKE(updated_in_graph, checks::thrust_cpp, checks::thrust_omp);
