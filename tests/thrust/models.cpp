// Models trained on Thrust, beside tl::simd; the same bits on all systems of the processor, for any number of threads.
#include "support/backends.hpp"
#include "support/thrust_systems.hpp"

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <omp.h>

#include <bit>

using namespace checks;

namespace {

constexpr tl::placeholder<"images", float, "N"_d, 1, 9, 9> images;
constexpr tl::placeholder<"labels", std::int32_t, "N"_d> labels;
constexpr tl::variable<"kernels", float, 4, 1, 3, 3> kernels;
constexpr tl::variable<"scale", float, 4, 1, 1> scale;
constexpr tl::variable<"w", float, 36, 30> w;
constexpr tl::variable<"v", float, 30, 10> v;
constexpr tl::variable<"table", float, 10, 30> table;

constexpr auto seen = tl::max_pool2d<{.window = 3, .stride = 3}>(tl::relu(tl::conv2d<{.padding = 1}>(images, kernels) * scale));
constexpr auto hidden = tl::nn::relu(tl::matmul(tl::reshape<-1, 36>(seen), w) + tl::gather(table, labels) * 0.1_c);
constexpr auto logits = tl::matmul(hidden, v);
constexpr auto centred = logits - tl::mean<1>(logits, tl::keepdims);
constexpr auto normal = centred / tl::sqrt(tl::mean<1>(tl::square(centred), tl::keepdims) + 0.01_c);
constexpr auto loss = tl::mean(tl::losses::softmax_cross_entropy(normal, tl::one_hot<10>(labels)));
constexpr auto right = tl::sum(tl::cast<float>(tl::arg_max(logits) == tl::cast<std::int64_t>(labels)));

struct trained {
  std::vector<float> losses, weights;
};
template <class Backend> trained train(std::int64_t samples, int steps) {
  auto session = tl::session<Backend>(loss, right, tl::optimizers::momentum(0.05_c, 0.9_c).minimize(loss));
  const auto all = points<float>(-1, 1, 4000, 7);
  std::size_t next = 0;
  const auto start = [&](auto to) {
    for (auto& x : to) x = 0.5f * all[next++ % all.size()];
  };
  start(session[kernels]), start(session[scale]), start(session[w]), start(session[v]), start(session[table]);
  const auto pixels = points<float>(-1, 1, static_cast<std::size_t>(samples * 81), 8);
  std::vector<std::int32_t> classes(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(i * 7 % 10);
  trained t;
  for (int step = 0; step < steps; ++step) {
    const auto [value, count] = session.run(images = tl::view(pixels.data(), samples, 1, 9, 9), labels = classes);
    t.losses.push_back(value), t.losses.push_back(count);
  }
  const auto keep = [&](auto from) { t.weights.insert(t.weights.end(), from.begin(), from.end()); };
  keep(session[kernels]), keep(session[scale]), keep(session[w]), keep(session[v]), keep(session[table]);
  return t;
}
faults compare(const std::vector<float>& x, const std::vector<float>& y, double tolerance) {
  faults found;
  if (x.size() != y.size()) found.add(x.size(), " numbers, expected ", y.size());
  for (std::size_t i = 0; found.none() && i < y.size(); ++i)
    if (!(distance(x[i], y[i], 1) <= tolerance)) found.add("[", i, "] is ", x[i], ", expected ", y[i]);
  return found;
}
bool same(const std::vector<float>& x, const std::vector<float>& y) {
  for (std::size_t i = 0; i < y.size(); ++i)
    if (std::bit_cast<std::uint32_t>(x[i]) != std::bit_cast<std::uint32_t>(y[i])) return false;
  return x.size() == y.size();
}

}  // namespace

TEST_CASE("a net is trained on Thrust as on simd, to the same bits by any number of threads") {
  const auto expected = train<tl::simd>(300, 3);
  const auto one = train<tl::thrust<tl::systems::cpp>>(300, 3);
  expect(compare(one.losses, expected.losses, 1e-5));
  expect(compare(one.weights, expected.weights, 1e-5));
  CHECK(expected.losses[4] < expected.losses[0]);
  CHECK(!compare(one.weights, train<tl::simd>(300, 2).weights, 1e-5).none());  // a step less is found out
  for (int threads = 1; threads <= 4; ++threads) {
    omp_set_num_threads(threads);
    const auto shared = train<tl::thrust<tl::systems::omp>>(300, 3);
    CHECK(same(shared.losses, one.losses));
    CHECK(same(shared.weights, one.weights));
  }
  CHECK(!same(one.weights, train<tl::thrust<tl::systems::cpp>>(299, 3).weights));
  const auto card = train<tl::thrust<like_a_card>>(300, 3);
  expect(compare(card.losses, expected.losses, 1e-5));
  expect(compare(card.weights, expected.weights, 1e-5));
}
