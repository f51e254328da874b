#include <tapeless/cuda/cuda_on_host.hpp>
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;

int main() {
  constexpr tl::placeholder<"x", float, 3> x;
  const float xs[]{1, 2, 3};
  auto session = tl::session<tl::cuda_on_host>(tl::sum(x * x));
  const auto [y] = session.run(x = xs);
  return y == 14.0f ? 0 : 1;
}
