#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of elementwise ops on backends, from 36") { checks::check_compiled<checks::elementwise_rows, 36, 12>(1400, checks::edges()); }
