#pragma once
#include <tapeless/graph/op.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// A loop, or choices by one condition, as one node of the graph that is planned. attributes.a: which; .b: how many operands
/// are carried values, which are followed by sequences up to operand .c.
struct region_op {
  static constexpr auto name = "region";
  static constexpr op_kind kind = op_kind::region;
  static constexpr inferred infer(operands, const attributes& a) { return {dtype::i32, a.target}; }
};
/// A tensor that a region writes. attributes.a: which.
struct region_result_op {
  static constexpr auto name = "result";
  static constexpr op_kind kind = op_kind::region;
  static constexpr inferred infer(operands, const attributes& a) { return {static_cast<dtype>(a.b), a.target}; }
  static constexpr void print(text& out, const attributes& a) { out << " " << a.a; }
};

/// How the operands of a region are given to its body, and where its results come from.
///   operands  carried values as they begin, sequences, what is captured, perhaps the number of steps; of choices: the
///             condition, what is captured
///   results   carried values as they end, stacked ones, sums over the steps, perhaps the number of steps; of choices: each
///   bodies    leaves are named by a letter and a number: c carried, x an element, k captured, y what is stacked or chosen,
///             s a sum; the body assigns c, y and s
struct region_form {
  bool is_choice = false;
  int carried = 0, sliced = 0, captured = 0, stacked = 0, summed = 0, chosen = 0;
  bool tells_steps = false, conditional = false, counted = false, backward = false;

  constexpr int operands() const { return is_choice ? 1 + captured : carried + sliced + captured + counted; }
  constexpr int results() const { return is_choice ? chosen : carried + stacked + summed + tells_steps; }
};

/// The bodies of a region: of a loop, its step and its condition; of choices, their branches.
enum class region_part { step, condition, first_branch, second_branch };

namespace detail {

/// What stands for a region's value `index` of kind `kind` in its body.
struct region_leaf_name {
  char letters[5]{};
  constexpr region_leaf_name(char kind, int index) : letters{kind, static_cast<char>('0' + index / 100), static_cast<char>('0' + index / 10 % 10), static_cast<char>('0' + index % 10), '\0'} {}
  constexpr std::string_view view() const { return {letters, 4}; }
};

}  // namespace detail

}  // namespace tapeless
