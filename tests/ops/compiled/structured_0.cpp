#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of structured ops on backends, from 0") { checks::check_compiled<checks::structured_rows, 0, 9>(200); }
