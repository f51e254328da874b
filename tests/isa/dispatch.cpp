#include <tapeless/backend/dispatch.hpp>
#include <tapeless/backend/reference/reference.hpp>

#include <array>
#include <cstdlib>
#include <map>
#include <string>

#include "numbers.hpp"
#include "started.hpp"

#define UNIT dispatched
#include "model.hpp"

namespace tl = tapeless;
using tl::instruction_set;

namespace {
int starts = 0;

const std::map<instruction_set, int> lanes{{instruction_set::baseline, 4}, {instruction_set::sse4, 4}, {instruction_set::avx, 8}, {instruction_set::avx2, 8}, {instruction_set::avx512, 16}};
const std::map<instruction_set, std::string_view> names{
    {instruction_set::baseline, "N8tapeless8for_sse24simdE"}, {instruction_set::sse4, "N8tapeless10for_sse4_24simdE"}, {instruction_set::avx, "N8tapeless7for_avx4simdE"}, {instruction_set::avx2, "N8tapeless12for_avx2_fma4simdE"}, {instruction_set::avx512, "N8tapeless10for_avx5124simdE"}};

template <class F> std::string message_of(F f) {
  try {
    f();
  } catch (const tl::error& e) {
    return e.what();
  }
  return "no error";
}
}  // namespace

double count_start() { return ++starts; }

TEST_CASE("the best set that the processor supports runs, or the one that the environment names") {
  const auto available = tl::dispatch::available();
  REQUIRE(!available.empty());
  const char* const forced = std::getenv("TAPELESS_INSTRUCTION_SET");
  CHECK(to_string(tl::dispatch::in_use()) == (forced != nullptr ? forced : to_string(available.back())));
  CHECK(started() == 1);
}

TEST_CASE("each set is compiled for its own instructions and agrees with the reference") {
  const auto expected = net::run<tl::reference>(some_floats(), some_doubles());
  const auto before = tl::dispatch::in_use();
  for (auto set : tl::dispatch::available()) {
    CAPTURE(to_string(set));
    tl::dispatch::use(set);
    CHECK(tl::dispatch::in_use() == set);
    CHECK(dispatched::lanes() == lanes.at(set));
    CHECK(dispatched::compiled_for() == names.at(set));
    check_near(dispatched::run(some_floats(), some_doubles()), expected);
  }
  tl::dispatch::use(before);
}

TEST_CASE("variables at namespace scope are initialized for the sets that were in use, once") {
  for (int twice = 0; twice < 2; ++twice)
    for (auto set : tl::dispatch::available()) {
      tl::dispatch::use(set);
      CHECK(started() >= 1);
    }
  CHECK(static_cast<std::size_t>(starts) == tl::dispatch::available().size());
}

TEST_CASE("an error of one set is caught as tl::error by all") {
  for (auto set : tl::dispatch::available()) {
    CAPTURE(to_string(set));
    tl::dispatch::use(set);
    CHECK(message_of([] { dispatched::feed(3); }) == "no error");
    CHECK(message_of([] { dispatched::feed(4); }) == "feed of placeholder \"three\": number of elements: expected 3, found 4");
  }
}

TEST_CASE("a set that cannot run is refused, and the one in use stays") {
  const auto before = tl::dispatch::in_use();
  const auto built = " (built for: " TAPELESS_TEST_SETS "), found ";
  CHECK(message_of([] { tl::dispatch::use("sse9"); }) == "dispatch of test_isa: instruction set: expected one that it is built for" + (built + std::string("sse9")));
  CHECK(message_of([] { tl::dispatch::use("avx2", "engine"); }) == "dispatch: target: expected one that tapeless_dispatch() made, found engine");
  CHECK(tl::dispatch::in_use() == before);
}

TEST_CASE("of several sets the best is taken that the processor supports") {
  // A target that was built for x86 and for ARM: one of them is foreign wherever this runs.
  static constexpr std::array sets{instruction_set::avx2, instruction_set::neon, instruction_set::baseline};
  tl::shared::dispatched_target target{"mixed", sets, 0, nullptr, nullptr, {}};
  std::string message;
  const auto best = tl::dispatch::detail::find_best(target, message);
  CHECK(message.empty());
  const bool avx2 = tl::dispatch::is_supported(instruction_set::avx2), neon = tl::dispatch::is_supported(instruction_set::neon);
  CHECK(best == std::size_t(avx2 ? 0 : neon ? 1 : 2));
  REQUIRE(!(avx2 && neon));
  tl::dispatch::detail::find(target, neon ? "avx2" : "neon", message);
  CHECK(message == "dispatch of mixed: instruction set: expected one that this processor supports (built for: avx2, neon, baseline), found " + std::string(neon ? "avx2" : "neon"));

  const std::array none{neon ? instruction_set::avx2 : instruction_set::neon};
  message.clear();
  tl::dispatch::detail::find_best({"foreign", none, 0, nullptr, nullptr, {}}, message);
  CHECK(message.find("dispatch of foreign: instruction set: expected one that this processor supports") == 0);
}

TEST_CASE("xsimd finds the same sets") {
  const auto finds = xsimd::available_architectures();
  const auto has = [](const auto& all, auto arch, bool field) {
    if constexpr (requires { all.has(arch); }) return all.has(arch);
    else return field;
  };
  CHECK(tl::dispatch::is_supported(instruction_set::avx2) == has(finds, xsimd::fma3<xsimd::avx2>(), finds.fma3_avx2 != 0));
  CHECK(tl::dispatch::is_supported(instruction_set::avx512) == has(finds, xsimd::avx512bw(), finds.avx512bw != 0));
}
