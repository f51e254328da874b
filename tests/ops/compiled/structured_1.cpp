#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of structured ops on backends, from 9") { checks::check_compiled<checks::structured_rows, 9, 9>(200); }
