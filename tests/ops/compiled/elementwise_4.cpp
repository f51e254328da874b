#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of elementwise ops on backends, from 48") { checks::check_compiled<checks::elementwise_rows, 48, 10>(checks::edges()); }
