// A graph and its gradients: c = sum(x y + z), so dc/dx = y, dc/dy = x and dc/dz = 1.
#include <tapeless/tapeless.hpp>

#include <cstdio>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "rows"_d, "columns"_d> x;
  constexpr tl::placeholder<"y", float, "rows"_d, "columns"_d> y;
  constexpr tl::placeholder<"z", float, "rows"_d, "columns"_d> z;
  constexpr auto a = x * y;
  constexpr auto b = a + z;
  constexpr auto c = tl::sum(b);

  auto session = tl::session<tl::simd>(c, tl::derivative(c, x), tl::derivative(c, y), tl::derivative(c, z));

  const float xs[2][3]{{1, 2, 3}, {4, 5, 6}}, ys[2][3]{{10, 20, 30}, {40, 50, 60}}, zs[2][3]{};
  const auto [value, grad_x, grad_y, grad_z] = session.run(x = xs, y = ys, z = zs);

  std::printf("c = %g\n", value);
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 3; ++column)
      std::printf("(%d, %d): dc/dx = %g, dc/dy = %g, dc/dz = %g\n", row, column, grad_x(row, column), grad_y(row, column), grad_z(row, column));
}
