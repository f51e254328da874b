// Two units of one program that are compiled for different instruction sets, without tapeless_dispatch(): what tapeless
// defines stays apart by name.
#include <tapeless/backend/reference/reference.hpp>

#include "numbers.hpp"

#define UNIT first_unit
#include "model.hpp"
#undef UNIT
#define UNIT second_unit
#include "model.hpp"

TEST_CASE("units for two instruction sets run side by side") {
  const auto expected = net::run<tapeless::reference>(some_floats(), some_doubles());
  check_near(first_unit::run(some_floats(), some_doubles()), expected);
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    MESSAGE("this processor has no AVX2");
    return;
  }
  check_near(second_unit::run(some_floats(), some_doubles()), expected);
  CHECK(first_unit::compiled_for() != second_unit::compiled_for());
  CHECK(first_unit::lanes() != second_unit::lanes());
  CHECK(first_unit::lanes() + second_unit::lanes() == 4 + 8);
}
