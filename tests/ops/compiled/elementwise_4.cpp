#include "support/derivatives/compiled_rows.hpp"

TEST_CASE("rows of elementwise ops on backends, from 48") { checks::check_compiled<checks::elementwise_rows, 48, 11>(1400, checks::edges()); }

namespace {

struct wrong_square : checks::tl::square_op {
  static constexpr checks::tl::gradients gradient(checks::tl::ref dy, checks::tl::ref, checks::tl::ref x) { return checks::tl::inputs(dy * (2.000001 * x)); }
};
constexpr checks::row_list right_row{checks::row("square", [](auto x) { return checks::tl::square(x); }, checks::operand_row{})};
constexpr checks::row_list wrong_row{checks::row("square", [](auto x) { return checks::tl::apply<wrong_square>(x); }, checks::operand_row{})};

template <const auto& Row> bool passes() {
  checks::faults found;
  checks::detail::check_compiled<Row, 0, 1, double, checks::tl::simd, 1, false, true>(found, {}, "on simd");
  return found.none();
}

}  // namespace

TEST_CASE("a compiled row with a wrong rule is found") {
  CHECK(passes<right_row>());
  CHECK_FALSE(passes<wrong_row>());
}
