#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of structured ops on backends, from 24") { checks::check_compiled<checks::structured_rows, 24, 12>(600); }
