#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of structured ops on backends, from 18") { checks::check_compiled<checks::structured_rows, 18, 9>(200); }
