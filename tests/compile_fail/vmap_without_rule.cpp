// expect: vmap: the op has no batching rule: give it a static member batch(ref y, dim samples, span of batched): turn(sample of argument 0
// lines(clang): 20
#include <tapeless/tapeless.hpp>

/// An op of a kind from which no batching rule follows.
struct turn_op {
  static constexpr auto name = "turn";
  static constexpr tapeless::op_kind kind = tapeless::op_kind::indexed;
  static constexpr int arity = 1;
  static constexpr tapeless::inferred infer(tapeless::operands x, const tapeless::attributes&) { return {x[0].type, x[0].shape}; }
};

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", double, 3, 2> x;
  constexpr auto z = tl::vmap([](auto a) { return tl::apply<turn_op>(a); }, x);
  auto session = tl::session<tl::simd>(z);
}
