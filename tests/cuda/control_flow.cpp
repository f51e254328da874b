#include <doctest/doctest.h>

#include <tapeless/cuda/cuda_on_host.hpp>
#include <tapeless/tapeless.hpp>

#include <cmath>
#include <type_traits>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

/// A card whose driver knows no conditional parts: the host asks it what comes next.
struct calls_without_parts : tl::device::host_calls {
  static const tl::device::calls& table() { return table_without_parts(); }
};
using asking = tl::cuda_with<calls_without_parts, tl::device::own_kernels>;

/// Runs the same on the card that the host simulates, which decides what comes next or is asked, and on the processor.
template <class... Fetches> class beside {
 public:
  explicit beside(Fetches...) {}
  template <class... Feeds> void check(double tolerance, Feeds... feeds) {
    const auto& count = tl::device::host_card::get().count;
    const auto b = host_.run(feeds...);
    const auto c = asking_.run(feeds...);
    const auto all = [](const auto& x, const auto& y, double within) {
      [&]<std::size_t... I>(std::index_sequence<I...>) { (compare(std::get<I>(x), std::get<I>(y), within), ...); }(std::index_sequence_for<Fetches...>{});
    };
    all(c, b, tolerance);
    const auto copies = count.copies_to_host, graphs = count.graphs;
    const auto a = card_.run(feeds...);
    CHECK(count.copies_to_host == copies);  // nobody has waited
    all(a, b, tolerance);
    CHECK(count.graphs == graphs + 1);
    CHECK(count.copies_to_host == copies + static_cast<std::int64_t>(sizeof...(Fetches)));
  }

 private:
  template <class A, class B> static void compare(const A& a, const B& b, double tolerance) {
    if constexpr (std::is_arithmetic_v<B>) {
      const B number = a;
      CHECK(static_cast<double>(number) == doctest::Approx(static_cast<double>(b)).epsilon(tolerance));
    } else {
      REQUIRE(a.size() == b.size());
      auto at = a.begin();
      for (const auto& y : b) CHECK(static_cast<double>(*at++) == doctest::Approx(static_cast<double>(y)).epsilon(tolerance));
    }
  }
  tl::session_type<tl::cuda_on_host, Fetches...> card_;
  tl::session_type<asking, Fetches...> asking_;
  tl::session_type<tl::simd, Fetches...> host_;
};

constexpr tl::placeholder<"xs", float, 7, 3> xs;
constexpr tl::placeholder<"start", float, 3> start;
constexpr tl::placeholder<"flag", float> flag;

std::vector<float> wave(std::size_t n) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = std::sin(static_cast<float>(i) * 1.3f);
  return v;
}

}  // namespace

TEST_CASE("fold and scan with gradients, captured step by step") {
  constexpr auto last = tl::fold([](auto h, auto x) { return tl::tanh(h * 0.5 + x); }, start, xs);
  constexpr auto loss = tl::sum(tl::square(last));
  beside both(last, tl::derivative(loss, start), tl::derivative(loss, xs));
  const auto x = wave(21), s = wave(3);
  for (int i = 0; i < 3; ++i) both.check(1e-5, xs = tl::view(x.data(), 7, 3), start = tl::view(s.data(), 3));
}
TEST_CASE("choices run the branch that is taken") {
  constexpr auto y = tl::cond(flag > 0_c, tl::exp(start), -start);
  beside both(y, tl::derivative(tl::sum(y), start));
  const auto s = wave(3);
  for (float f : {1.f, -1.f, 2.f}) both.check(1e-6, flag = f, start = tl::view(s.data(), 3));
}
TEST_CASE("a loop goes on as long as the card says") {
  constexpr auto h = tl::while_loop<20>([](auto v) { return tl::sum(tl::square(v)) < 100; }, [](auto v) { return v * 1.5; }, start);
  beside both(h, tl::derivative(tl::sum(h), start));
  const auto s = wave(3);
  for (int i = 0; i < 2; ++i) both.check(1e-5, start = tl::view(s.data(), 3));
}
TEST_CASE("choices in loops, and loops that nothing bounds") {
  constexpr auto h = tl::while_loop([](auto v) { return tl::sum(tl::square(v)) < 1000; }, [](auto v) { return tl::cond(tl::sum(v) > 3, v + 1, v * -2 + 0.5); }, start);
  beside both(h);
  const auto s = wave(3);
  for (int i = 0; i < 3; ++i) {
    std::vector<float> from = s;
    for (auto& v : from) v *= static_cast<float>(i + 1);
    both.check(1e-5, start = tl::view(from.data(), 3));
  }
}
TEST_CASE("whichever call fails while parts are captured, the next run is right") {
  constexpr auto h = tl::while_loop([](auto v) { return tl::sum(tl::square(v)) < 1000; }, [](auto v) { return tl::cond(tl::sum(v) > 3, v + 1, v * -2 + 0.5); }, start);
  auto& card = tl::device::host_card::get();
  const auto live = card.live();
  const auto s = wave(3);
  tl::session_type<tl::simd, std::remove_const_t<decltype(h)>> plain;
  const auto [right] = plain.run(start = tl::view(s.data(), 3));
  int told = 0;
  for (int k = 0; k < 60; ++k) {
    {
      tl::session_type<tl::cuda_on_host, std::remove_const_t<decltype(h)>> session;
      card.fail_at = card.calls_made + k;
      try {
        session.run(start = tl::view(s.data(), 3));
      } catch (const tl::device_error&) {
        ++told;
      }
      card.fail_at = -1;
      const auto [found] = session.run(start = tl::view(s.data(), 3));
      for (std::int64_t i = 0; i < 3; ++i) CHECK(found(i) == doctest::Approx(right(i)));
    }
    CHECK(card.live() == live);
  }
  CHECK(told > 25);
}
TEST_CASE("a fed length, and bodies with dynamic dims") {
  constexpr tl::placeholder<"seq", float, "T"_d, "N"_d> seq;
  constexpr tl::placeholder<"state", float, "N"_d> state;
  constexpr auto last = tl::fold([](auto v, auto x) { return tl::sigmoid(v) * x + tl::mean(x); }, state, seq);
  constexpr auto loss = tl::sum(tl::square(last));
  beside both(last, loss, tl::derivative(loss, seq));
  for (std::int64_t t : {4, 1, 9}) {
    const auto x = wave(static_cast<std::size_t>(t * 5)), s = wave(5);
    both.check(1e-5, seq = tl::view(x.data(), t, 5), state = tl::view(s.data(), 5));
  }
}
