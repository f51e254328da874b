#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of structured ops on backends, from 12") { checks::check_compiled<checks::structured_rows, 12, 12>(600); }
