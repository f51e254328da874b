#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of elementwise ops on backends, from 24") { checks::check_compiled<checks::elementwise_rows, 24, 12>(1400, checks::edges()); }
