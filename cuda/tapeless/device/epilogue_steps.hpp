#pragma once
#include <tapeless/cuda/product_request.hpp>
#include <tapeless/device/gelu_steps.hpp>
#include <tapeless/ops/cast.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/relu.hpp>
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI::device::detail {

/// What a loop computes from the slots of a product and a bias (-1: it has none), as an epilogue.
constexpr epilogue forward_form(const loop_steps& s, int product, int bias, int result) {
  int x = product, steps = s.count();
  if (bias >= 0) {
    x = s.last() - s.count() + 1;
    if (!s.is_of<add_op>(x, product, bias)) return epilogue::none;
    --steps;
  }
  if (steps == 0) return bias >= 0 && result == x ? epilogue::bias : epilogue::none;
  if (steps == 1 && result == s.last() && s.is<relu_op>(result) && s.operand(result, 0) == x) return bias >= 0 ? epilogue::relu_bias : epilogue::relu;
  if (s.any_is<tanh_op>() && gelu_slot(s, product, bias) == result) return bias >= 0 ? epilogue::gelu_bias : epilogue::gelu;
  return epilogue::none;
}

/// What a slot narrows; the slot itself where it does not.
constexpr int before_narrowing(const loop_steps& s, int slot) { return s.is<cast_op<bfloat16>>(slot) || s.is<cast_op<float16>>(slot) ? s.operand(slot, 0) : slot; }

/// Whether a loop takes for each element the product where y is above 0, else 0, perhaps narrows that, and nothing more.
constexpr bool is_masked(const loop_steps& s, int product, int y, int narrowed) {
  const int result = before_narrowing(s, narrowed);
  if (s.count_of_elements() != 2 + (result != narrowed) || !s.is<where_op>(result) || s.operand(result, 1) != product || !s.is_number(s.operand(result, 2), 0)) return false;
  const int condition = s.operand(result, 0);
  return s.is<greater_op>(condition) && s.operand(condition, 0) == y && s.is_number(s.operand(condition, 1), 0);
}

}  // namespace tapeless::device::detail
