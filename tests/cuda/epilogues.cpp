// Loops that become epilogues of products: which do and which do not, and that results stay the same.
#include "support/kernels_on_host.hpp"

#include <tapeless/device/fuse_products.hpp>
#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

namespace checks {

using namespace tl::literals;
using tl::device::epilogue;

namespace {

constexpr tl::placeholder<"x", float, "N"_d, 100> x;
constexpr tl::placeholder<"t", float, "N"_d, 10> t;
constexpr tl::variable<"w", float, 100, 50> w;
constexpr tl::variable<"b", float, 50> b;
constexpr tl::variable<"v", float, 50, 10> v;
constexpr tl::variable<"c", float, 10> c;

/// A library that has products, but not their epilogues.
struct queue_with_bare_products : queue_on_host {
  bool multiply(const tl::device::product_request& r) {
    if (r.finish == epilogue::none) tl::device::carry_out(r);
    return r.finish == epilogue::none;
  }
};
using kernels_with_bare_products = kernels_on_host_by<tl::device::planned_with_epilogues, queue_with_bare_products>;

/// The products of the plan in order, as "finish" or "finish(accesses)".
template <class... Fetches> std::string finishes(Fetches...) {
  using program = tl::device::planned_with_epilogues<tl::program<Fetches...>>;
  std::string s;
  int loops = 0;
  for (const auto& k : program::plan.kernels) {
    loops += k.kind == tl::kernel_kind::loop;
    if (k.kind == tl::kernel_kind::contraction) s += tl::device::name_of(static_cast<epilogue>(k.finish)) + std::string(" ");
  }
  return s + "and " + std::to_string(loops) + (loops == 1 ? " loop" : " loops");
}

}  // namespace

TEST_CASE("what follows a product becomes its epilogue") {
  const auto y = tl::matmul(x, w);
  CHECK(finishes(y + b) == "bias and 0 loops");
  CHECK(finishes(tl::relu(y)) == "relu and 0 loops");
  CHECK(finishes(tl::relu(b + y)) == "relu_bias and 0 loops");
  CHECK(finishes(tl::gelu_tanh(y)) == "gelu and 0 loops");
  CHECK(finishes(tl::gelu_tanh(y + b)) == "gelu_bias and 0 loops");
  CHECK(finishes(tl::matmul(tl::relu(y + b), v) + c) == "relu_bias bias and 0 loops");
}

TEST_CASE("what is no epilogue of the library stays a loop") {
  const auto y = tl::matmul(x, w);
  constexpr tl::placeholder<"r", float, "N"_d, 50> rest;
  constexpr tl::placeholder<"d", double, "N"_d, 100> d;
  constexpr tl::variable<"e", double, 100, 50> e;
  constexpr tl::placeholder<"s", float, 50, 50> square;
  CHECK(finishes(tl::gelu(y + b)) == "none and 1 loop");             // by erfc
  CHECK(finishes(tl::tanh(y + b)) == "none and 1 loop");
  CHECK(finishes(tl::relu(y + rest)) == "none and 1 loop");          // no bias
  CHECK(finishes(tl::relu(y + b), y) == "none and 1 loop");          // the product is fetched
  CHECK(finishes(tl::relu(y + b), tl::sum(y)).starts_with("none"));  // another reads it
  CHECK(finishes(tl::relu(tl::matmul(d, e))) == "none and 1 loop");  // of doubles
  CHECK(finishes(tl::relu(tl::reshape<50, 50>(tl::transpose<1, 0>(tl::matmul(square, square) * 2_c)) + b)).starts_with("none"));
  CHECK(finishes(tl::relu(tl::transpose(tl::matmul(square, square)) + b)) == "relu_bias and 0 loops");  // a product of the operands transposed
  const auto h = tl::gelu_tanh(y + b);
  CHECK(finishes(h, tl::derivative(tl::sum(h), b)).starts_with("none"));  // what the gradient needs is stored, and no product is before it
  const auto gelu_with = [](auto z, auto factor) { return 0.5_c * z * (1_c + tl::tanh(0.7978845608028654_c * (z + factor * (z * z * z)))); };
  CHECK(finishes(gelu_with(y + b, 0.044715_c)) == "gelu_bias and 0 loops");
  CHECK(finishes(gelu_with(y + b, 0.044718_c)) == "none and 1 loop");
  CHECK(finishes(gelu_with(y * 2_c + b, 0.044715_c)) == "none and 1 loop");
}

TEST_CASE("gradients by what the way forward keeps, sums of the bias's gradient by products") {
  const auto loss_of = [](auto h) { return tl::sum(tl::square(tl::matmul(h, v) + c - t)); };
  const auto of = [](auto loss) { return finishes(loss, tl::derivative(loss, w), tl::derivative(loss, b), tl::derivative(loss, v), tl::derivative(loss, c)); };
  const auto y = tl::matmul(x, w);
  CHECK(of(loss_of(tl::relu(y + b))) == "relu_bias_mask none drelu_sums sums_of_b none and 1 loop");
  CHECK(of(loss_of(tl::gelu_tanh(y + b))) == "gelu_bias_input none dgelu_sums sums_of_b none and 1 loop");
  CHECK(of(loss_of(tl::gelu(y + b))) == "none none none sums_of_b none and 3 loops");
  const auto without_sums = [](auto loss) { return finishes(tl::derivative(loss, w), tl::derivative(loss, v)); };
  CHECK(without_sums(loss_of(tl::relu(y + b))) == "relu_bias_mask none drelu none none and 1 loop");
  CHECK(without_sums(loss_of(tl::relu(y))) == "relu_mask none drelu none none and 1 loop");
  CHECK(without_sums(loss_of(tl::gelu_tanh(y))) == "gelu_input none dgelu none none and 1 loop");
  constexpr tl::variable<"u", float, 10, 50> u;
  const auto loss = tl::sum(tl::square(tl::matmul(tl::relu(y + b), tl::transpose(u)) + c - t));
  CHECK(finishes(loss, tl::derivative(loss, u), tl::derivative(loss, c)) == "relu_bias none sums_of_a and 1 loop");
  const auto more = tl::matmul(tl::gelu_tanh(tl::tanh(y) + b), v);  // the loop behind the product is more than gelu
  CHECK(of(tl::sum(tl::square(more + c - t))).starts_with("none none none"));
}

TEST_CASE("a gradient of gelu that is written otherwise is taken, one that is off by a millionth is not") {
  const auto of = [](auto factor) {
    const auto z = tl::matmul(x, w) + b;
    const auto angle = 0.7978845608028654_c * (z + 0.044715_c * (z * z * z));
    const auto slope = 0.5_c * (1_c + tl::tanh(angle)) + 0.3989422804014327_c * z * (1_c - tl::square(tl::tanh(angle))) * (1_c + 0.134145_c * tl::square(z));
    const auto h = tl::gelu_tanh(z);
    const auto back = tl::matmul(tl::matmul(h, v) - t, tl::transpose(v)) * (slope * factor);
    return finishes(tl::matmul(tl::transpose(x), back), tl::sum<0>(back));
  };
  CHECK(of(1_c) == "gelu_bias_input none dgelu_sums none and 1 loop");
  CHECK(of(1.000001_c).starts_with("none none none"));
  CHECK(of(0.999999_c).starts_with("none none none"));
}

TEST_CASE_TEMPLATE("each epilogue is what the loop was", Policy, kernels_with_epilogues, kernels_with_library) {
  const auto y = tl::matmul(x, w);
  const auto farthest = []<class... Fetches>(Fetches...) {
    tl::session_type<Policy, decltype(tl::sum(b)), Fetches...> session;
    tl::session_type<tl::reference, decltype(tl::sum(b)), Fetches...> plain;
    session.initialize(1), plain.initialize(1);
    for (std::size_t i = 0; i < 50; ++i) session[b].data()[i] = plain[b].data()[i] = static_cast<float>(i % 7) / 4 - 0.7f;
    double most = 0;
    for (const std::int64_t n : {0, 1, 7, 600}) {
      std::vector<float> xs(static_cast<std::size_t>(n * 100));
      for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(i * 7919 % 101) / 50 - 1;
      most = std::max(most, distance_of_tuples(session.run(x = tl::view(xs.data(), n, 100)), plain.run(x = tl::view(xs.data(), n, 100))));
    }
    return most;
  };
  CHECK(farthest(y + b) < 2e-6);
  CHECK(farthest(tl::relu(y)) < 2e-6);
  CHECK(farthest(tl::relu(y + b)) < 2e-6);
  CHECK(farthest(tl::gelu_tanh(y)) < 2e-6);
  CHECK(farthest(tl::gelu_tanh(b + y)) < 2e-6);
  constexpr tl::variable<"u", float, 10, 50, tl::glorot_uniform> u;
  const auto out = tl::matmul(tl::relu(y), tl::transpose(u)) + c;
  const auto loss = tl::sum(out * out);
  CHECK(finishes(loss, tl::derivative(loss, w), tl::derivative(loss, u), tl::derivative(loss, c)) == "relu_mask none drelu sums_of_a none and 1 loop");
  CHECK(farthest(loss, tl::derivative(loss, w), tl::derivative(loss, u), tl::derivative(loss, c)) < 5e-6);
}

namespace {

/// How far from a session without epilogues those with are that train alike, relative to the loss.
template <class Loss, class Update> double farthest_in_training(Loss, Update, std::initializer_list<std::int64_t> batches) {
  tl::session_type<tl::reference, Loss, Update> plain;
  tl::session_type<kernels_with_epilogues, Loss, Update> own;
  tl::session_type<kernels_with_library, Loss, Update> library;
  plain.initialize(1), own.initialize(1), library.initialize(1);
  double most = 0;
  for (const std::int64_t n : batches) {
    std::vector<float> xs(static_cast<std::size_t>(n * 100)), ts(static_cast<std::size_t>(n * 10));
    for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(i * 7919 % 101) / 50 - 1;
    for (std::size_t i = 0; i < ts.size(); ++i) ts[i] = static_cast<float>(i * 31 % 17) / 17;
    for (int step = 0; step < 3; ++step) {
      const auto of = [&](auto& session) { return static_cast<double>(std::get<0>(session.run(x = tl::view(xs.data(), n, 100), t = tl::view(ts.data(), n, 10)))); };
      const double expected = of(plain);
      for (const double loss : {of(own), of(library)}) most = std::max(most, std::abs(loss - expected) / std::abs(expected));
    }
  }
  return most;
}
struct gelu_tanh_layer {
  template <class Z> constexpr auto operator()(Z z) const { return tl::gelu_tanh(z); }
};

}  // namespace

TEST_CASE("nets that are trained with epilogues compute what they do without: updates of biases are left of loops") {
  namespace nn = tl::nn;
  const auto loss = tl::mean(tl::square(nn::sequential(nn::dense<"one", 50>, nn::relu, nn::dense<"two", 24>, gelu_tanh_layer{}, nn::dense<"three", 8>, gelu_tanh_layer{}, nn::dense<"four", 10>)(x) - t));
  const auto update = tl::optimizers::sgd(0.1_c).minimize(loss);
  CHECK(finishes(loss, update) == "relu_bias_mask gelu_bias_input gelu_bias_input none dgelu_sums sums_of_b dgelu_sums none drelu_sums none none and 10 loops");
  CHECK(farthest_in_training(loss, update, {33, 5, 600}) < 1e-5);
}

TEST_CASE("columns that are known when it runs, few and many of them") {
  constexpr tl::placeholder<"i", float, "N"_d, 6> i;
  constexpr tl::placeholder<"k", float, 6, "C"_d> k;
  constexpr tl::placeholder<"d", float, "C"_d> d;
  constexpr tl::placeholder<"g", float, "C"_d, "E"_d> g;
  constexpr tl::placeholder<"o", float, "E"_d, 3> o;
  const auto loss = tl::sum(tl::square(tl::matmul(tl::gelu_tanh(tl::matmul(tl::relu(tl::matmul(i, k) + d), g)), o)));
  [&](auto... f) {
    CHECK(finishes(f...) == "relu_bias_mask gelu_input none dgelu none drelu_sums none none and 1 loop");
    tl::session_type<tl::reference, decltype(f)...> plain;
    tl::session_type<kernels_with_epilogues, decltype(f)...> own;
    tl::session_type<kernels_with_library, decltype(f)...> library;
    tl::session_type<kernels_with_bare_products, decltype(f)...> bare;
    for (const std::int64_t n : {1, 40})
      for (const std::int64_t columns : {1, 2, 3, 4, 31, 130}) {
        const auto wave = [](std::int64_t count, float step) {
          std::vector<float> values(static_cast<std::size_t>(count));
          for (std::size_t at = 0; at < values.size(); ++at) values[at] = std::sin(step * static_cast<float>(at + 1));
          return values;
        };
        const auto is = wave(n * 6, 0.7f), ks = wave(6 * columns, 1.1f), ds = wave(columns, 0.4f), gs = wave(columns * (columns + 2), 1.3f), os = wave((columns + 2) * 3, 0.9f);
        const auto of = [&](auto& session) {
          return session.run(i = tl::view(is.data(), n, 6), k = tl::view(ks.data(), 6, columns), d = tl::view(ds.data(), columns), g = tl::view(gs.data(), columns, columns + 2), o = tl::view(os.data(), columns + 2, 3));
        };
        const auto expected = of(plain);
        CHECK(distance_of_tuples(of(own), expected) < 1e-5);
        CHECK(distance_of_tuples(of(library), expected) < 1e-5);
        CHECK(distance_of_tuples(of(bare), expected) < 1e-5);
      }
  }(loss, tl::derivative(loss, k), tl::derivative(loss, d), tl::derivative(loss, g), tl::derivative(loss, o));
}

}  // namespace checks
