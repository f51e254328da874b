// expect: softmax_cross_entropy: integer labels have the shape of the logits without the axis of classes, whose extent is static: logits (8, 10) float and labels (8, 10) int32
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"logits", float, 8, 10> logits;
  constexpr tl::placeholder<"labels", std::int32_t, 8, 10> labels;
  constexpr auto y = tl::softmax_cross_entropy(logits, labels);
}
