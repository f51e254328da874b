// Training steps of a small net with Adam. The rivals, all of them frameworks, run in processes of their own.
#include <tapeless/tapeless.hpp>

#include "support.hpp"

namespace tl = tapeless;
using namespace tl::literals;
using bench::policy;

namespace {

template <int Batch> void train(bench::row& row) {
  constexpr tl::placeholder<"x", float, Batch, 64> x;
  constexpr tl::placeholder<"y", float, Batch, 8> y;
  constexpr auto net = tl::nn::sequential(tl::nn::dense<"a", 64>, tl::nn::relu, tl::nn::dense<"b", 64>, tl::nn::relu, tl::nn::dense<"c", 8>);
  constexpr auto loss = tl::losses::mean_squared_error(net(x), y);
  auto session = tl::session<policy>(loss, tl::optimizers::adam(1e-3_c).minimize(loss));
  session.initialize(1);
  const bench::numbers<float> xs(Batch * 64), ys(Batch * 8);
  // Products of the first layer need no gradient by x; Adam takes about 12 operations for each parameter.
  constexpr double first = 64 * 64, others = 64 * 64 + 64 * 8, parameters = first + others + 136;
  row.measure({2.0 * Batch * (2 * first + 3 * others) + 12 * parameters, 4 * 3 * parameters, 4 * 3 * parameters}, bench::side{"tapeless", [&] {
                const float l = std::get<0>(session.run(x = xs, y = ys));
                bench::consume(&l);
              }});
}

}  // namespace

int main(int argc, char** argv) { return bench::serve(argc, argv, {{"train mlp, batch 1", train<1>}, {"train mlp, batch 32", train<32>}}); }
