// expect: fold: a step must give what it is given: carried value 0 is (2,) double, the step gives () double
#include <tapeless/tapeless.hpp>

#include <vector>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"xs", double, 3, 2> xs;
  constexpr tl::placeholder<"start", double, 2> start;
  constexpr auto last = tl::fold([](auto h, auto x) { return tl::sum(h * x); }, start, xs);
  auto session = tl::session<tl::simd>(last, tl::derivative(tl::sum(last), start));
  const auto [y, d] = session.run(xs = std::vector<double>(6), start = std::vector<double>(2));
  return y[0] > d[1];
}
