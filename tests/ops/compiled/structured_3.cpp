#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of structured ops on backends, from 27") { checks::check_compiled<checks::structured_rows, 27, 9>(200); }
