// expect: session: nothing fetched uses a variable "hidden/weight"; there is "hidden/weights" (4, 2) float, "hidden/bias" (2,) float
#include <tapeless/tapeless.hpp>

#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d, 4> x;
  auto session = tl::session<tl::simd>(tl::nn::dense<"hidden", 2>(x));
  session.variable<"hidden/weight">();
}
