// Values and gradients of structured ops by the kernels of a card.
#include "support/derivatives/op_rows.hpp"
#include "support/derivatives/rows_on.hpp"

#include <doctest/doctest.h>

#include <tapeless/cuda/cuda_on_host.hpp>

TEST_CASE("rows of structured ops on a card, from 18") {
  checks::check_rows_on<checks::structured_rows, 18, 9, 1, tapeless::cuda_on_host>("on a card", 300);
  checks::check_rows_on<checks::structured_rows, 27, 9, 1, tapeless::cuda_on_host>("on a card", 300);
}
