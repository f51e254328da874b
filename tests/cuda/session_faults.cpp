#include "support/processor_kernels.hpp"

#include <doctest/doctest.h>
#include <tapeless/cuda/cuda_with.hpp>
#include <tapeless/cuda/host_calls.hpp>
#include <tapeless/tapeless.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

using card = tl::device::host_card;
using on_card = tl::cuda_with<tl::device::host_calls, checks::processor_kernels>;
template <class Backend, class... Fetches> using session_of = tl::session_type<Backend, std::remove_const_t<Fetches>...>;

constexpr tl::placeholder<"x", float, "N"_d, 300> x;
constexpr tl::placeholder<"y", float, "N"_d, 3> y;
constexpr tl::variable<"w", float, 300, 3, tl::glorot_uniform> w;
constexpr auto noisy = tl::matmul(x, w) + tl::random_normal<"noise", float, 3>();
constexpr auto loss = tl::losses::mean_squared_error(noisy, y);
constexpr auto update = tl::optimizers::sgd(0.01_c).minimize(loss);
template <class Backend> using training = session_of<Backend, decltype(loss), decltype(update)>;

std::vector<float> wave(std::size_t n, float step) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = std::sin(step * static_cast<float>(i));
  return v;
}
template <class A, class B> bool same(const A& a, const B& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }
bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// Lets the k-th call from now on fail.
struct failing {
  explicit failing(std::int64_t k, int with = 999) {
    card::get().fail_at = card::get().calls_made + k;
    card::get().failure = with;
  }
  ~failing() { card::get().fail_at = -1; }
  bool reached() const { return card::get().calls_made > card::get().fail_at; }
};

TEST_CASE("whichever call fails while a session is made and first used, nothing is left behind") {
  const auto live = card::get().live();
  const auto used = card::get().used_bytes();
  const auto xs = wave(1200, 0.37f), ys = wave(12, 0.11f);
  std::int64_t k = 0, told = 0;
  for (bool reached = true; reached; ++k) {
    REQUIRE(k < 500);
    const failing now(k);
    try {
      training<on_card> session;
      session.initialize(3);
      auto [a] = session.run(x = xs, y = ys);
      const float value = a;
      CHECK(std::isfinite(value));
      static_cast<void>(session[w].to_host());
    } catch (const tl::device_error& e) {
      ++told;
      CHECK(e.code == 999);
      CHECK(contains(e.what(), "cudaErrorUnknown: unknown error"));
      CHECK(contains(e.what(), ".hpp:"));
    }
    reached = now.reached();
    CHECK(card::get().live() == live);
    CHECK(card::get().used_bytes() == used);
  }
  MESSAGE(k, " calls, of which ", told, " told their failure");
  CHECK(told >= 30);
}

/// Steps of a session on the card, of which one call fails each, beside those of a session on the processor.
template <class Step> void fail_each_call(Step step) {
  training<on_card> session;
  training<tl::simd> plain;
  std::int64_t k = 0, told = 0;
  for (bool reached = true; reached; ++k) {
    REQUIRE(k < 500);
    bool ran = false;
    {
      const failing now(k);
      try {
        step(session, k);
        ran = true;
      } catch (const tl::device_error&) {
        ++told;
      }
      reached = now.reached();
    }
    if (ran) step(plain, k);
    CHECK(same(session[w].to_host(), plain[w]));
    const auto xs = wave(1200, 0.3f), ys = wave(12, 0.2f);
    auto [a] = session.run(x = xs, y = ys);  // and the next is right
    auto [b] = plain.run(x = xs, y = ys);
    CHECK(a == b);
  }
  MESSAGE(k, " calls, of which ", told, " told their failure");
  CHECK(told > 0);
  CHECK(same(session[w].to_host(), plain[w]));
}

TEST_CASE("whichever call of a step fails, variables are as they were and the next run is right") {
  SUBCASE("the same extents") {
    fail_each_call([](auto& session, std::int64_t) { session.run(x = wave(1200, 0.37f), y = wave(12, 0.11f)); });
  }
  SUBCASE("other extents in each step, and more memory, by a stream of its own for the feeds") {
    fail_each_call([](auto& session, std::int64_t k) {
      const auto n = static_cast<std::size_t>(260 + 8 * k);
      session.run(x = wave(n * 300, 0.37f), y = wave(n * 3, 0.11f));
    });
  }
  SUBCASE("variables that the host has written") {
    std::vector<float> other(900);
    fail_each_call([&](auto& session, std::int64_t k) {
      if constexpr (requires { session[w].to_host(); }) session.initialize(static_cast<std::uint64_t>(k));
      else session.initialize(static_cast<std::uint64_t>(k));
    });
  }
}

TEST_CASE("a fetch that fails can be asked for again") {
  training<on_card> session;
  auto [a] = session.run(x = wave(1200, 0.37f), y = wave(12, 0.11f));
  training<tl::simd> plain;
  auto [b] = plain.run(x = wave(1200, 0.37f), y = wave(12, 0.11f));
  for (int k = 0; k < 2; ++k) {
    const failing now(k);
    CHECK_THROWS_AS(static_cast<void>(static_cast<float>(a)), tl::device_error);
  }
  CHECK(a == b);
}

TEST_CASE("where memory does not suffice, variables stay and a smaller run works") {
  training<on_card> session;
  training<tl::simd> plain;
  const auto run = [](auto& s, std::size_t n) { return static_cast<float>(std::get<0>(s.run(x = wave(n * 300, 0.37f), y = wave(n * 3, 0.11f)))); };
  CHECK(run(session, 8) == run(plain, 8));
  card::get().memory_bytes = card::get().used_bytes() + 300000;
  std::string message;
  try {
    run(session, 4000);
  } catch (const tl::device_error& e) {
    message = e.what();
    CHECK(e.code == tl::device::out_of_memory);
  }
  CHECK(contains(message, "cudaErrorMemoryAllocation"));
  CHECK(contains(message, "a smaller run works"));
  CHECK(same(session[w].to_host(), plain[w]));
  CHECK(run(session, 8) == run(plain, 8));
  CHECK(run(session, 4) == run(plain, 4));
  card::get().memory_bytes = std::size_t{1} << 34;
  CHECK(run(session, 4000) == run(plain, 4000));
}

TEST_CASE("an error names the kernel's op, its shape, the stream and the line") {
  training<on_card> session;
  std::string all;
  for (int k = 0; k < 60; ++k) {
    const failing now(k, 700);
    try {
      session.run(x = wave(static_cast<std::size_t>(300 * (k + 1)), 0.37f), y = wave(static_cast<std::size_t>(3 * (k + 1)), 0.11f));
    } catch (const tl::device_error& e) {
      all += e.what() + std::string("\n");
    }
  }
  INFO(all);
  CHECK(contains(all, "launch of kernel of the processor for kernel "));
  CHECK(contains(all, "[matmul] (300, 3) float (1 blocks of 1 threads) on stream 0x"));
  CHECK(contains(all, "cudaErrorIllegalAddress: an illegal memory access was encountered"));
  CHECK(contains(all, "beginning to capture"));
}

TEST_CASE("a session does not begin without a card, a driver and code for it") {
  auto& c = card::get();
  const auto live = c.live();
  const auto message = [] {
    try {
      training<on_card> session;
    } catch (const tl::device_error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(message().empty());
  c.cards = 0;
  CHECK(contains(message(), "looking for a card: cudaErrorNoDevice"));
  CHECK(contains(message(), "CUDA_VISIBLE_DEVICES"));
  c.cards = 1, c.driver = 12040;
  CHECK(contains(message(), "the driver is for CUDA 12.4, the program was built with CUDA 13.0"));
  c.driver = 13000, c.has_code = false;
  CHECK(contains(message(), "no code for this card, card simulated by the host (sm_90): compile it with -arch=sm_90"));
  c.has_code = true;
  CHECK(c.live() == live);
}

}  // namespace
