// What works on whole rows: softmax, cross-entropy and layer normalisation, with gradients.
#include <tapeless/tapeless.hpp>

#include "support.hpp"

namespace tl = tapeless;
using namespace tl::literals;
using bench::policy;

namespace {

constexpr double bytes(std::int64_t count) { return 4.0 * static_cast<double>(count); }

template <int Rows, int Columns> void softmax(bench::row& row) {
  constexpr tl::placeholder<"x", float, Rows, Columns> x;
  auto session = tl::session<policy>(tl::softmax(x));
  const bench::numbers<float> xs(Rows * Columns, -4, 4);
  row.measure({0, bytes(Rows * Columns), bytes(Rows * Columns)}, bench::side{"tapeless", [&] { bench::consume(std::get<0>(session.run(x = xs)).data()); }});
}

template <int Rows, int Columns> void cross_entropy(bench::row& row) {
  constexpr tl::placeholder<"logits", float, Rows, Columns> logits;
  constexpr tl::placeholder<"labels", std::int32_t, Rows> labels;
  constexpr auto loss = tl::losses::softmax_cross_entropy(logits, labels);
  auto session = tl::session<policy>(loss, tl::derivative(loss, logits));
  const bench::numbers<float> xs(Rows * Columns, -4, 4);
  std::vector<std::int32_t> ls(Rows);
  for (int i = 0; i < Rows; ++i) ls[static_cast<std::size_t>(i)] = 7 * i % Columns;
  row.measure({0, bytes(Rows * Columns + Rows), bytes(Rows * Columns)}, bench::side{"tapeless", [&] {
                const auto [l, d] = session.run(logits = xs, labels = ls);
                bench::consume(&l), bench::consume(d.data());
              }});
}

/// y and, for the incoming gradient dy, the gradients by x and by both parameters.
template <int Rows, int Columns> void layer_norm(bench::row& row) {
  constexpr tl::placeholder<"x", float, Rows, Columns> x;
  constexpr tl::placeholder<"dy", float, Rows, Columns> dy;
  constexpr tl::placeholder<"gain", float, Columns> gain;
  constexpr tl::placeholder<"bias", float, Columns> bias;
  constexpr auto centred = x - tl::mean<1>(x, tl::keepdims);
  constexpr auto y = centred * tl::rsqrt(tl::mean<1>(tl::square(centred), tl::keepdims) + 1e-5_c) * gain + bias;
  constexpr auto f = tl::sum(y * dy);
  auto session = tl::session<policy>(y, tl::derivative(f, x), tl::derivative(f, gain), tl::derivative(f, bias));
  const bench::numbers<float> xs(Rows * Columns), dys(Rows * Columns), gains(Columns), biases(Columns);
  row.measure({0, bytes(2 * Rows * Columns + 2 * Columns), bytes(2 * Rows * Columns + 2 * Columns)}, bench::side{"tapeless", [&] {
                const auto [v, dx, dg, db] = session.run(x = xs, dy = dys, gain = gains, bias = biases);
                bench::consume(v.data()), bench::consume(dx.data()), bench::consume(dg.data()), bench::consume(db.data());
              }});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv,
                      {{"softmax 64x1000", softmax<64, 1000>},
                       {"softmax 4096x1024", softmax<4096, 1024>},
                       {"cross-entropy+gradient 64x1000", cross_entropy<64, 1000>},
                       {"cross-entropy+gradient 4096x1024", cross_entropy<4096, 1024>},
                       {"layer-norm+gradient 64x1000", layer_norm<64, 1000>},
                       {"layer-norm+gradient 4096x1024", layer_norm<4096, 1024>}});
}
