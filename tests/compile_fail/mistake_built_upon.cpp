// expect: conv2d: the window is larger than the padded input
#include <tapeless/tapeless.hpp>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"images", float, "N"_d, 1, 8, 8> images;
  constexpr tl::placeholder<"labels", std::int32_t, "N"_d> labels;
  constexpr auto h = tl::nn::max_pool2d<>(tl::relu(tl::nn::conv2d<"conv", 4, tl::per_axis{9}>(images)));
  constexpr auto loss = tl::mean(tl::softmax_cross_entropy(tl::nn::dense<"out", 3>(h), labels));
  auto session = tl::session<tl::simd>(loss, tl::derivative(loss, images), tl::optimizers::adam(1e-2_c).minimize(loss));
  session.initialize(1);
  std::vector<float> xs(6 * 64);
  std::vector<std::int32_t> ys(6);
  const auto value = std::get<0>(session.run(images = tl::view(xs.data(), 6, 1, 8, 8), labels = ys));
  return value > 0;
}
