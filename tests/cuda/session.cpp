#include <doctest/doctest.h>
#include <tapeless/cuda/cuda_on_host.hpp>
#include <tapeless/cuda/dlpack.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

using card = tl::device::host_card;
using on_card = tl::cuda_on_host;
template <class Backend, class... Fetches> using session_of = tl::session_type<Backend, std::remove_const_t<Fetches>...>;

constexpr tl::placeholder<"x", float, "N"_d, 20> x;
constexpr tl::placeholder<"y", float, "N"_d, 5> y;
constexpr tl::variable<"w1", float, 20, 16, tl::glorot_uniform> w1;
constexpr tl::variable<"w2", float, 16, 5, tl::glorot_uniform> w2;
constexpr auto h = tl::relu(tl::matmul(x, w1));
constexpr auto y_pred = tl::matmul(h, w2);
constexpr auto loss = tl::losses::mean_squared_error(y_pred, y);
constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(loss);

template <class Backend> using training = session_of<Backend, decltype(loss), decltype(y_pred), decltype(update)>;

std::vector<float> wave(std::size_t n, float step) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = std::sin(step * static_cast<float>(i));
  return v;
}
/// An array in the card's memory.
struct on_the_card {
  explicit on_the_card(const std::vector<float>& values) : queue(tl::device::host_calls::table()), memory(queue, values.size() * 4), size(values.size()) {
    queue.copy(memory.data(), values.data(), size * 4);
    queue.synchronize();
  }
  float* data() const { return reinterpret_cast<float*>(memory.data()); }
  tl::device::queue queue;
  tl::device::card_memory memory;
  std::size_t size;
};
/// As thrust::device_vector looks from outside.
struct like_thrust {
  struct pointer {
    float* p;
    float* get() const { return p; }
  };
  float* first;
  std::size_t count;
  pointer data() const { return {first}; }
  std::size_t size() const { return count; }
};

/// But for roundings.
template <class A, class B> bool same(const A& a, const B& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double p, double q) { return std::abs(p - q) <= 2e-5 * (1 + std::abs(q)); });
}

TEST_CASE("a net trains on a card as on the processor, whatever the batch") {
  for (bool at_once : {false, true}) {
    card::get().runs_at_once = at_once;
    training<on_card> session;
    training<tl::simd> plain;
    CHECK(same(session[w1].to_host(), plain[w1]));
    for (int step = 0; step < 40; ++step) {
      const std::size_t n = step % 10 < 7 ? 8 : step % 3 == 0 ? 3 : 11;
      const auto xs = wave(n * 20, 0.37f), ys = wave(n * 5, 0.11f);
      auto [a, p] = session.run(x = xs, y = ys);
      auto [b, q] = plain.run(x = xs, y = ys);
      CHECK(a == doctest::Approx(b));
      CHECK(p.shape() == q.shape());
      CHECK(p(2, 3) == doctest::Approx(q(2, 3)));
      CHECK(same(p, q));
    }
    CHECK(same(session[w1].to_host(), plain[w1]));
    session.initialize(7);
    plain.initialize(7);
    CHECK(same(session[w2].to_host(), plain[w2]));
  }
  card::get().runs_at_once = false;
}

TEST_CASE("nothing is copied but what is fed and asked for, and a step is one launch") {
  training<on_card> session;
  const auto xs = wave(160, 0.37f), ys = wave(40, 0.11f);
  const auto step = [&] { return session.run(x = xs, y = ys); };
  for (int i = 0; i < 4; ++i) step();
  float sum = std::get<0>(step());
  auto& count = card::get().count;
  const auto before = count;
  for (int i = 0; i < 10; ++i) step();
  sum += std::get<0>(step());
  CHECK(std::isfinite(sum));
  CHECK(count.graphs - before.graphs == 11);
  CHECK(count.captures == before.captures);
  CHECK(count.copies_to_card - before.copies_to_card == 11);  // both feeds at once
  CHECK(count.copies_to_host - before.copies_to_host == 1);
  CHECK(count.bytes_to_host - before.bytes_to_host == 4);

  const on_the_card dx(xs), dy(ys);
  const auto from_card = [&] { return session.run(x = tl::device_pointer(dx.data(), 8, 20), y = like_thrust{dy.data(), dy.size}); };
  from_card();
  sum = std::get<0>(from_card());
  const auto then = count;
  for (int i = 0; i < 10; ++i) from_card();
  sum = std::get<0>(from_card());
  CHECK(count.graphs - then.graphs == 11);
  CHECK(count.captures == then.captures);
  CHECK(count.copies_to_card == then.copies_to_card);
  CHECK(count.copies_to_host - then.copies_to_host == 1);
}

TEST_CASE("feeds in memory of the card give the same as feeds of the host") {
  training<on_card> session;
  training<tl::simd> plain;
  for (int i = 0; i < 12; ++i) {  // more places than captured runs are kept
    const auto xs = wave(160, 0.1f * static_cast<float>(i)), ys = wave(40, 0.2f);
    const on_the_card dx(xs), dy(ys);
    auto [a, p] = session.run(x = tl::device_pointer(dx.data(), 8, 20), y = like_thrust{dy.data(), dy.size});
    auto [b, q] = plain.run(x = xs, y = ys);
    CHECK(a == doctest::Approx(b));
    CHECK(same(p, q));
    CHECK(p.data_on_device() != nullptr);
  }
  const auto xs = wave(160, 0.1f);
  const on_the_card dx(xs);
  CHECK_THROWS_AS(session.run(x = tl::device_pointer(dx.data(), 8, 20), y = wave(35, 0.2f)), tl::feed_error);
}

constexpr tl::placeholder<"big", float, 400, 400> big;
constexpr tl::variable<"total", float, 400> total;

TEST_CASE("a DLPack tensor is fed, if it is what it is said to be") {
  training<on_card> session;
  training<tl::simd> plain;
  const auto xs = wave(160, 0.1f), ys = wave(40, 0.2f);
  const on_the_card dx(xs), dy(ys);
  std::int64_t shape[]{8, 20}, strides[]{20, 1};
  tl::dlpack::managed_tensor m;
  m.dl_tensor = {.data = dx.data(), .ndim = 2, .shape = shape};
  auto [a, p] = session.run(x = tl::from_dlpack<float, 2>(m), y = like_thrust{dy.data(), dy.size});
  auto [b, q] = plain.run(x = xs, y = ys);
  CHECK(a == doctest::Approx(b));
  m.dl_tensor.strides = strides;
  CHECK(tl::from_dlpack<float, 2>(m).elements == dx.data());
  const auto message = [&](auto change) {
    auto other = m;
    change(other.dl_tensor);
    try {
      static_cast<void>(tl::from_dlpack<float, 2>(other));
    } catch (const tl::error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(message([](auto&) {}).empty());
  CHECK(message([](auto& t) { t.device.device_type = tl::dlpack::on_cpu; }) == "from_dlpack: the tensor is in memory of device type 1, not of a card (2)");
  CHECK(message([](auto& t) { t.ndim = 1; }) == "from_dlpack: expected 2 axes, found 1");
  CHECK(message([](auto& t) { t.dtype.bits = 64; }) == "from_dlpack: expected elements of type code 2 with 32 bits, found 2 with 64 and 1 lanes");
  CHECK(message([](auto& t) { static std::int64_t columns[]{1, 8}; t.strides = columns; }) == "from_dlpack: axis 1 has stride 8: only row-major tensors are fed without a copy");
  CHECK_THROWS_WITH_AS(session.run(x = tl::device_pointer(xs.data(), 8, 20), y = ys), "run: placeholder \"x\" is fed as memory of the device what is none", tl::error);
}

TEST_CASE("large feeds are copied beside the runs") {
  constexpr auto sums = tl::sum<1>(big * big);
  constexpr auto add = tl::assign(total, total + sums);
  session_of<on_card, decltype(sums), decltype(add)> session;
  session_of<tl::simd, decltype(sums), decltype(add)> plain;
  for (int i = 0; i < 7; ++i) {
    auto values = wave(160000, 0.01f * static_cast<float>(i + 1));
    session.run(big = values);
    plain.run(big = values);
    std::fill(values.begin(), values.end(), 1e30f);  // what has been fed is the caller's again
  }
  CHECK(same(session[total].to_host(), plain[total]));
}

TEST_CASE("the next step's feeds are copied while a step runs") {
  constexpr auto sums = tl::sum<1>(big * big);
  session_of<on_card, decltype(sums)> session;
  auto& c = card::get();
  tl::device::queue mine(tl::device::host_calls::table());
  session.use_stream(static_cast<std::byte*>(mine.stream()));
  const auto values = wave(160000, 0.01f);
  const auto ready = [&] {
    for (int i = 0; i < 3; ++i) session.run(big = values);
    mine.synchronize();
  };
  ready();
  const auto before = c.count;
  session.run(big = values);
  session.run(big = values);
  CHECK(c.count.kernels == before.kernels);  // streams run when somebody waits
  for (auto* s : c.streams)
    if (s != mine.stream()) c.finish(*s);
  CHECK(c.count.copies_to_card == before.copies_to_card + 2);
  CHECK(c.count.kernels == before.kernels);
  mine.synchronize();
  CHECK(c.count.kernels > before.kernels);
}

TEST_CASE("variables are read and written by the host between runs") {
  training<on_card> session;
  training<tl::simd> plain;
  const auto xs = wave(160, 0.37f), ys = wave(40, 0.11f), start = wave(320, 0.05f);
  auto handle = session[w1];
  handle = start;
  std::copy(start.begin(), start.end(), plain[w1].begin());
  session[w2](3, 2) = 0.5f;
  plain[w2](3, 2) = 0.5f;
  CHECK(session[w2](3, 2) == 0.5f);
  session.run(x = xs, y = ys);
  plain.run(x = xs, y = ys);
  CHECK(same(handle.to_host(), plain[w1]));
  CHECK(same(session.variable<"w2">().to_host(), plain[w2]));
  CHECK_THROWS_AS(handle = xs, tl::error);
  CHECK(handle.data_on_device() != nullptr);
}

TEST_CASE("a part of the fetches runs over the same variables") {
  training<on_card> session;
  training<tl::simd> plain;
  const auto xs = wave(160, 0.37f), ys = wave(40, 0.11f);
  for (int i = 0; i < 3; ++i) {
    session.run(x = xs, y = ys), plain.run(x = xs, y = ys);
    auto [a] = session.run(tl::fetch(y_pred), x = xs);
    auto [b] = plain.run(tl::fetch(y_pred), x = xs);
    CHECK(same(a, b));
  }
}

constexpr tl::placeholder<"rows", float, "N"_d, 6> rows;

TEST_CASE("random numbers and extents are those of the processor") {
  constexpr auto noise = tl::random_uniform<"noise", float, 5>() + tl::mean(rows);
  constexpr auto other = tl::random_normal<"other", float, 4>();
  session_of<on_card, decltype(noise)> session;
  session_of<tl::simd, decltype(noise)> plain;
  for (int i = 0; i < 6; ++i) {
    const auto values = wave(static_cast<std::size_t>(6 * (1 + i / 2)), 0.3f);
    auto [a] = session.run(rows = values);
    auto [b] = plain.run(rows = values);
    CHECK(same(a, b));
    if (i == 2) {
      auto [c] = session.run(tl::fetch(other));
      auto [d] = plain.run(tl::fetch(other));
      CHECK(same(c, d));
    }
    if (i == 4) session.initialize(5), plain.initialize(5);
  }
}

TEST_CASE("functions run on a card") {
  const auto xs = wave(300, 0.1f), ys = wave(300, 0.3f);
  constexpr auto f = [](auto a, auto b) { return tl::sum(tl::sin(a) * b); };
  auto on_a_card = tl::jit<on_card>(f);
  auto plain = tl::jit(f);
  const float kept = on_a_card(xs, ys);
  CHECK(kept == doctest::Approx(plain(xs, ys)));
  CHECK(static_cast<float>(tl::jit<on_card>(f)(xs, ys)) == doctest::Approx(plain(xs, ys)));
  const auto [value, dx, dy] = tl::value_and_grad<on_card>(f)(xs, ys);
  const auto [other, da, db] = tl::value_and_grad(f)(xs, ys);
  CHECK(value == doctest::Approx(other));
  CHECK(same(dx, da));
  CHECK(same(dy, db));
  CHECK(tl::jit<on_card>([](auto a) { return a * a; })(3.0f) == 9.0f);
}

TEST_CASE("several sessions, in streams of their own and in the caller's") {
  const auto& calls = tl::device::host_calls::table();
  tl::device::queue mine(calls);
  static_cast<card::stream*>(mine.stream())->can_be_captured = false;
  const auto live = card::get().live();
  {
    training<on_card> a, b, c;
    training<tl::simd> plain;
    b.use_stream(static_cast<std::byte*>(mine.stream()));
    c.use_stream(static_cast<std::byte*>(mine.stream()));
    const auto xs = wave(160, 0.37f), ys = wave(40, 0.11f);
    for (int i = 0; i < 3; ++i) {
      a.run(x = xs, y = ys), c.run(x = xs, y = ys), b.run(x = xs, y = ys), plain.run(x = xs, y = ys);
      if (i == 1) c.use_stream(static_cast<std::byte*>(nullptr));
    }
    CHECK(same(a[w1].to_host(), plain[w1]));
    CHECK(same(b[w1].to_host(), plain[w1]));
    CHECK(same(c[w1].to_host(), plain[w1]));
  }
  CHECK(card::get().live() == live);
}

TEST_CASE("the simulated card keeps the host from its memory") {
  const on_the_card a(wave(100, 0.1f));
  const auto& calls = tl::device::host_calls::table();
  int value = 0;
  const auto ends_by_signal = [](auto f) {
    const auto child = fork();
    if (child == 0) {
      for (int s : {SIGSEGV, SIGBUS}) std::signal(s, SIG_DFL);
      f();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
  };
  CHECK(ends_by_signal([&] { *static_cast<volatile float*>(a.data()) = 1; }));
  CHECK_FALSE(ends_by_signal([] {}));
  CHECK(calls.copy(a.data(), &value, 401, a.queue.stream()) != 0);  // over the end
#if !defined(__clang__)  // tells no padding from arguments
  const tl::device::advance_kernel::arguments host{reinterpret_cast<std::int64_t*>(&value)};
  CHECK(calls.launch_kernel(tl::device::launch_of<tl::device::advance_kernel>(host), a.queue.stream()) != 0);
#endif
}

}  // namespace
