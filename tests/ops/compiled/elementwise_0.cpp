#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of elementwise ops on backends, from 0") { checks::check_compiled<checks::elementwise_rows, 0, 12>(1400, checks::edges()); }
