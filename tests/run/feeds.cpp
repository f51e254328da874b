#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <list>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, 2, 3> x;
constexpr tl::placeholder<"rate", float> rate;
constexpr tl::placeholder<"a", float, "N"_d, 3> a;
constexpr tl::placeholder<"b", float, "N"_d> b;
constexpr tl::placeholder<"m", float, "N"_d, "M"_d> m;
constexpr tl::placeholder<"v", float, "M"_d> v;
constexpr tl::variable<"w", float, 3, tl::constant_value(0.1)> w;

template <class T> std::vector<float> elements(const T& t) { return {t.begin(), t.end()}; }
std::vector<float> counted(std::size_t n) {
  std::vector<float> r(n);
  std::iota(r.begin(), r.end(), 1.0f);
  return r;
}
const std::vector<float> doubled{2, 4, 6, 8, 10, 12};

/// The error that a run throws; the variable stays as it was, bit for bit.
template <class Session, class Run> tl::feed_error feed_error_of(Session& session, Run run) {
  const auto before = elements(session[w]);
  try {
    run();
  } catch (const tl::feed_error& e) {
    CHECK(elements(session[w]) == before);
    return e;
  }
  FAIL("no feed_error");
  return {"", "", 0, 0};
}

}  // namespace

TEST_CASE("feeds: all kinds of arrays") {
  auto session = tl::session<tl::simd>(x * 2_c);
  const std::vector<float> vector{1, 2, 3, 4, 5, 6};
  const std::array<float, 6> array{1, 2, 3, 4, 5, 6};
  const float flat[6]{1, 2, 3, 4, 5, 6};
  const float matrix[2][3]{{1, 2, 3}, {4, 5, 6}};
  CHECK(elements(std::get<0>(session.run(x = vector))) == doubled);
  CHECK(elements(std::get<0>(session.run(x = std::vector<float>{1, 2, 3, 4, 5, 6}))) == doubled);
  CHECK(elements(std::get<0>(session.run(x = array))) == doubled);
  CHECK(elements(std::get<0>(session.run(x = std::span(vector)))) == doubled);
  CHECK(elements(std::get<0>(session.run(x = std::span<const float, 6>(array)))) == doubled);
  CHECK(elements(std::get<0>(session.run(x = matrix))) == doubled);
  CHECK(elements(std::get<0>(session.run(x = tl::view(flat, 2, 3)))) == doubled);
  float writable[6];
  std::copy(vector.begin(), vector.end(), writable);
  CHECK(elements(std::get<0>(session.run(x = tl::view(writable, std::size_t{2}, 3u)))) == doubled);
}

TEST_CASE("feeds: a feed with another alignment, and one that is const") {
  auto session = tl::session<tl::simd>(x * 2_c);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::vector<float> padded(6 + shift);
    for (std::size_t i = 0; i < 6; ++i) padded[shift + i] = static_cast<float>(i + 1);
    CHECK(elements(std::get<0>(session.run(x = std::span<const float>(padded).subspan(shift)))) == doubled);
  }
}

TEST_CASE("feeds: scalars, in any order with others") {
  auto session = tl::session<tl::simd>(x * rate);
  const auto in = counted(6);
  CHECK(elements(std::get<0>(session.run(x = in, rate = 2.0f))) == doubled);
  CHECK(elements(std::get<0>(session.run(rate = 2.0f, x = in))) == doubled);
}

TEST_CASE("feeds: bools and integers") {
  constexpr tl::placeholder<"flags", bool, 3> flags;
  constexpr tl::placeholder<"counts", std::int64_t, 3> counts;
  auto session = tl::session<tl::simd>(tl::where(flags, counts, -counts));
  const bool given[3]{true, false, true};
  const auto [y] = session.run(flags = given, counts = std::array<std::int64_t, 3>{1, 2, std::int64_t{1} << 40});
  CHECK(std::vector<std::int64_t>(y.begin(), y.end()) == std::vector<std::int64_t>{1, -2, std::int64_t{1} << 40});
}

TEST_CASE("feeds: wrong sizes name placeholder, axis, what was expected and what was found, and change nothing") {
  auto session = tl::session<tl::simd>(tl::sum(x * w), tl::sum(a), tl::sum(b), tl::assign(w, w + 1_c));
  session.initialize(1);
  const auto six = counted(6), seven = counted(7), nine = counted(9), three = counted(3);

  auto e = feed_error_of(session, [&] { session.run(x = seven, a = nine, b = three); });
  CHECK(e.placeholder == "x");
  CHECK(e.axis == "number of elements");
  CHECK(e.expected == 6);
  CHECK(e.found == 7);
  CHECK(std::string(e.what()) == "feed of placeholder \"x\": number of elements: expected 6, found 7");

  e = feed_error_of(session, [&] { session.run(x = tl::view(six.data(), 3, 2), a = nine, b = three); });
  CHECK(e.placeholder == "x");
  CHECK(e.axis == "axis 0");
  CHECK(e.expected == 2);
  CHECK(e.found == 3);

  e = feed_error_of(session, [&] { session.run(x = six, a = seven, b = three); });
  CHECK(e.placeholder == "a");

  // Contradicting dims: a says N = 3, b says N = 6.
  e = feed_error_of(session, [&] { session.run(x = six, a = nine, b = six); });
  CHECK(e.placeholder == "b");
  CHECK(e.expected == 3);
  CHECK(e.found == 6);
  e = feed_error_of(session, [&] { session.run(b = six, x = six, a = tl::view(nine.data(), 3, 3)); });
  CHECK(e.placeholder == "a");
  CHECK(e.axis == "axis 0 (dim N)");
  CHECK(e.expected == 6);
  CHECK(e.found == 3);

  // And the session goes on.
  const auto [s, sa, sb] = session.run(x = six, a = nine, b = three);
  CHECK(sa == 45);
  CHECK(sb == 6);
  CHECK(session[w][0] == 1.1f);
}

TEST_CASE("feeds: a flat array tells one dim, and waits for feeds that tell others, whatever their order") {
  auto session = tl::session<tl::simd>(tl::matmul(m, v), tl::sum(w));
  const auto six = counted(6), three = counted(3);
  for (int round = 0; round < 2; ++round) {
    const auto y = round == 0 ? std::get<0>(session.run(m = six, v = three)) : std::get<0>(session.run(v = three, m = six));
    CHECK(elements(y) == std::vector<float>{14, 32});
  }
  auto alone = tl::session<tl::simd>(tl::sum(m), tl::sum(w));
  const auto e = feed_error_of(alone, [&] { alone.run(m = six); });
  CHECK(e.placeholder == "m");
  CHECK(e.axis == "number of axes");
  CHECK(e.expected == 2);
  CHECK(e.found == 1);
  CHECK(std::get<0>(alone.run(m = tl::view(six.data(), 2, 3))) == 21);
}

TEST_CASE("feeds: a named dim that makes an extent negative") {
  auto session = tl::session<tl::simd>(tl::sum(tl::slice<0, 2>(b) * 2_c));
  CHECK(std::get<0>(session.run(b = counted(4))) == 14);
  CHECK(std::get<0>(session.run(b = counted(2))) == 0);
  CHECK_THROWS_AS(session.run(b = counted(1)), tl::error);
  CHECK(std::get<0>(session.run(b = counted(4))) == 14);
}

TEST_CASE("feeds: the error handler hears of an error before it is thrown") {
  static std::string heard;
  const auto before = tl::set_error_handler([](const tl::error& e) { heard = e.what(); });
  auto session = tl::session<tl::simd>(x * 2_c);
  CHECK_THROWS_AS(session.run(x = counted(5)), tl::feed_error);
  tl::set_error_handler(before);
  CHECK(heard == "feed of placeholder \"x\": number of elements: expected 6, found 5");
  heard.clear();
  CHECK_THROWS_AS(session.run(x = counted(5)), tl::feed_error);
  CHECK(heard.empty());
}
