// Values and gradients of elementwise ops by the kernels of a card.
#include "support/derivatives/op_rows.hpp"
#include "support/derivatives/rows_on.hpp"

#include <doctest/doctest.h>

#include <tapeless/cuda/cuda_on_host.hpp>

TEST_CASE("rows of elementwise ops on a card, from 0") {
  checks::check_rows_on<checks::elementwise_rows, 0, 15, 1, tapeless::cuda_on_host>("on a card", 500);
  checks::check_rows_on<checks::elementwise_rows, 15, 15, 1, tapeless::cuda_on_host>("on a card", 500);
}
