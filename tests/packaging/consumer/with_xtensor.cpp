#include <tapeless/tapeless.hpp>
#include <xtensor/xtensor.hpp>

int main() {
  const xt::xtensor<float, 2> matrix({2, 3}, 0.0F);
  return matrix.size() == 6 ? 0 : 1;
}
