// expect: softmax_cross_entropy: labels are probabilities in the shape of the logits, or integers without the axis of classes: logits (8, 10) float and labels (8, 9) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"logits", float, 8, 10> logits;
  constexpr tl::placeholder<"labels", float, 8, 9> labels;
  constexpr auto y = tl::softmax_cross_entropy(logits, labels);
}
