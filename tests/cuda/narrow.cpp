// Tensors of bfloat16 and float16 on a card that the host simulates.
#include "support/on_card.hpp"

#include <doctest/doctest.h>
#include <tapeless/cuda/cuda_on_host.hpp>
#include <tapeless/cuda/host_products.hpp>
#include <tapeless/tapeless.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

template <class T> std::vector<T> wave(std::int64_t n, double step, double size = 1) {
  std::vector<T> v(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) v[static_cast<std::size_t>(i)] = static_cast<T>(size * std::sin(step * static_cast<double>(i)));
  return v;
}

/// tl::cuda_cublas<Mode> with plain loops for the library, as tl::cuda_products_on_host.
template <tl::device::product_mode Mode> struct library_in : tl::cuda_with_products<tl::device::host_calls, tl::device::host_products, Mode> {};

constexpr tl::placeholder<"in", float, "N"_d, 40> in;
constexpr tl::placeholder<"wanted", float, "N"_d, 8> wanted;
constexpr tl::variable<"w1", float, 40, 36, tl::glorot_uniform> w1;
constexpr tl::variable<"b1", float, 36> b1;
constexpr tl::variable<"w2", float, 36, 8, tl::glorot_uniform> w2;

/// One that writes floats only, and one that does nothing: kernels do the rest.
struct library_of_floats : tl::device::host_products {
  static int product(void* library, const tl::device::product_request& r, tl::device::stream_handle stream) { return tl::is_narrow(r.type) ? tl::device::not_supported : host_products::product(library, r, stream); }
};
struct idle_library : tl::device::host_products {
  static int product(void*, const tl::device::product_request&, tl::device::stream_handle) { return tl::device::not_supported; }
};
template <class Library> struct training_by : tl::cuda_with_products<tl::device::host_calls, Library, tl::device::product_mode::bf16> {};

/// A step of training: the loss and what the variables become.
template <class Loss, class D1, class B1, class D2> constexpr auto step(Loss loss, D1 d1, B1 db, D2 d2) { return std::tuple(loss, w1 - 0.1_c * d1, b1 - 0.1_c * db, w2 - 0.1_c * d2); }

template <class T> constexpr auto rounded = [](auto x) { return tl::cast<float>(tl::cast<T>(x)); };
/// Each product of numbers rounded to T, the gradient written by hand.
template <class T, bool HasBias = true> constexpr auto by_hand() {
  constexpr auto r = rounded<T>;
  const auto x = tl::matmul(r(in), r(w1));
  const auto hidden = [&] {
    if constexpr (HasBias) return tl::relu(x + b1);
    else return tl::relu(x);
  }();
  const auto error = tl::matmul(r(hidden), r(w2)) - wanted;
  const auto loss = tl::sum(error * error);
  const auto dy = 2.0_c * error;
  const auto dz = tl::where(hidden > 0_c, tl::matmul(r(dy), tl::transpose(r(w2))), 0_c);
  return step(loss, tl::matmul(tl::transpose(r(in)), r(dz)), tl::sum<0>(dz), tl::matmul(tl::transpose(r(hidden)), r(dy)));
}
constexpr auto h = tl::relu(tl::matmul(in, w1) + b1);
constexpr auto error = tl::matmul(h, w2) - wanted;
constexpr auto loss = tl::sum(error * error);
constexpr auto derived = step(loss, tl::derivative(loss, w1), tl::derivative(loss, b1), tl::derivative(loss, w2));
constexpr auto bare_error = tl::matmul(tl::relu(tl::matmul(in, w1)), w2) - wanted;
constexpr auto bare_loss = tl::sum(bare_error * bare_error);
constexpr auto bare = std::tuple(bare_loss, w1 - 0.1_c * tl::derivative(bare_loss, w1), w2 - 0.1_c * tl::derivative(bare_loss, w2));

template <class Backend, class Step> auto session_of(const Step& s) {
  return std::apply([](auto... e) { return tl::session<Backend>(e...); }, s);
}
template <class Backend> double distance(std::int64_t n, const auto& given_step, const auto& expected_step) {
  auto card = session_of<Backend>(given_step);
  auto measure = session_of<tl::reference>(expected_step);
  card.initialize(3), measure.initialize(3);
  const auto xs = wave<float>(n * 40, 0.37), ys = wave<float>(n * 8, 0.23);
  return checks::card_distance(card.run(in = tl::view(xs.data(), n, 40), wanted = tl::view(ys.data(), n, 8)), measure.run(in = tl::view(xs.data(), n, 40), wanted = tl::view(ys.data(), n, 8)));
}

}  // namespace

TEST_CASE("casts, moves and sums, with the numbers of the processor") {
  constexpr tl::placeholder<"x", float, "N"_d, 24> x;
  constexpr tl::placeholder<"halves", tl::float16, 3, 24> halves;
  constexpr tl::placeholder<"p", std::int32_t, 5> p;
  const auto b = tl::cast<tl::bfloat16>(tl::relu(x) + 0.5_c);
  const auto joined = tl::concat<0>(halves, tl::cast<tl::float16>(tl::slice<0, 0, 3>(tl::gather(x, p))));
  const auto rows = tl::sum<1>(tl::cast<float>(b) * x);
  const auto on = [&]<class Backend>(Backend) { return tl::session<Backend>(b, tl::transpose(b), joined, rows, tl::cast<double>(halves), tl::gather(b, p)); };
  auto card = on(tl::cuda_on_host{});
  auto cpu = on(tl::reference{});
  const auto hs = wave<tl::float16>(72, 0.3, 1000);
  const std::int32_t ps[]{3, 1, 0, 4, 1};
  for (const std::int64_t n : {5, 64, 333}) {
    const auto xs = wave<float>(n * 24, 0.7, 3);
    const auto a = card.run(x = tl::view(xs.data(), n, 24), halves = hs, p = ps);
    const auto c = cpu.run(x = tl::view(xs.data(), n, 24), halves = hs, p = ps);
    const auto same = [](const auto& f, const auto& g, std::int64_t size) {
      int wrong = 0;
      for (std::int64_t i = 0; i < size; ++i) wrong += f.data()[i].bits != g.data()[i].bits;
      return wrong == 0;
    };
    CHECK(same(std::get<0>(a), std::get<0>(c), n * 24));
    CHECK(same(std::get<1>(a), std::get<1>(c), n * 24));
    CHECK(same(std::get<2>(a), std::get<2>(c), 6 * 24));
    CHECK(same(std::get<5>(a), std::get<5>(c), 5 * 24));
    for (std::int64_t i = 0; i < n; ++i) CHECK(std::abs(std::get<3>(a).data()[i] - std::get<3>(c).data()[i]) < 1e-4f);
    for (std::int64_t i = 0; i < 72; ++i) CHECK(std::get<4>(a).data()[i] == std::get<4>(c).data()[i]);
  }
}

TEST_CASE("what makes a tensor of two bytes is one loop with what that is made of") {
  constexpr tl::placeholder<"x", float, 1000> x;
  constexpr tl::placeholder<"d", double, 1000> d;
  const auto y = tl::cast<tl::bfloat16>(tl::exp(x) * tl::cast<float>(d));
  using planned = tl::device::planned<tl::program<std::remove_const_t<decltype(y)>>>;
  CHECK(planned::kernels == 1);
}

TEST_CASE_TEMPLATE("products of tensors that are stored so, by kernels and by a library", T, tl::bfloat16, tl::float16) {
  constexpr tl::placeholder<"a", T, 3, 20, 36> a;
  constexpr tl::placeholder<"b", float, 36, 8> b;
  constexpr tl::placeholder<"c", T, 5, 36> c;
  const auto on = [&]<class Backend>(Backend) { return tl::session<Backend>(tl::matmul(a, tl::cast<T>(b)), tl::matmul(c, tl::cast<T>(b)), tl::matmul(tl::slice<0, 1, 4>(c), tl::transpose(tl::slice<0, 0, 2>(c)))); };
  const auto as = wave<T>(3 * 720, 0.3), cs = wave<T>(180, 0.7);
  const auto bs = wave<float>(288, 0.9);
  auto measure = on(tl::reference{});
  auto own = on(tl::cuda_on_host{});
  auto library = on(tl::cuda_products_on_host{});
  const auto expected = measure.run(a = as, b = bs, c = cs);
  CHECK(checks::card_distance(own.run(a = as, b = bs, c = cs), expected) < 1e-6);
  CHECK(checks::card_distance(library.run(a = as, b = bs, c = cs), expected) < 1e-6);
  using products = tl::program<decltype(tl::matmul(a, tl::cast<T>(b)))>;
  using planned = typename tl::cuda_on_host::program<products>;
  static_assert(planned::graph.size() == 4 && planned::kernels == 2);
}

TEST_CASE("a mode rounds the operands of products and nothing else") {
  using enum tl::device::product_mode;
  for (const std::int64_t n : {33, 128}) {
    CHECK(distance<library_in<bf16>>(n, derived, by_hand<tl::bfloat16>()) < 1e-4);
    CHECK(distance<library_in<f16>>(n, derived, by_hand<tl::float16>()) < 1e-5);
    CHECK(distance<library_in<bf16>>(n, derived, by_hand<tl::float16>()) > 1e-3);  // the check sees the difference
  }
}

TEST_CASE("what lies between two products is written by the first in two bytes, by a library that can and by kernels") {
  constexpr auto all = by_hand<tl::bfloat16, false>();
  const auto expected = std::tuple(std::get<0>(all), std::get<1>(all), std::get<3>(all));
  CHECK(distance<training_by<tl::device::host_products>>(65, bare, expected) < 1e-4);
  CHECK(distance<training_by<library_of_floats>>(65, bare, expected) < 1e-4);
  CHECK(distance<training_by<idle_library>>(65, bare, expected) < 1e-4);

  using planned = decltype(session_of<training_by<tl::device::host_products>>(bare))::program;
  std::string made;
  for (const auto& k : planned::plan.kernels)
    if (k.kind == tl::kernel_kind::contraction)
      made += std::string(to_string(planned::graph[planned::plan.accesses[static_cast<std::size_t>(k.first_access + 2)].node].type)) + " " + tl::device::name_of(static_cast<tl::device::epilogue>(k.finish)) + "; ";
  CHECK(made == "bfloat16 relu_mask; float none; bfloat16 drelu; float none; float none; ");
}
