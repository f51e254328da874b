#pragma once
#include <tapeless/core/fixed_string.hpp>
#include <tapeless/core/philox.hpp>
#include <tapeless/expr/call.hpp>
#include <tapeless/expr/variable.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/shape_ops.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The seed of one run of a session: each run draws new numbers.
TAPELESS_HOST_DEVICE constexpr std::uint64_t random_seed(std::uint64_t seed, std::uint64_t run) {
  const auto words = philox({{static_cast<std::uint32_t>(run), static_cast<std::uint32_t>(run >> 32), 0, 0}},
                            static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  return words.word[0] | std::uint64_t{words.word[1]} << 32;
}

/// The base of random ops. The operand is the session's random state (seed, number of the run). Element i is a function of
/// that, of the stream and of i, the same on every backend and for any number of threads: `element<T>(block, i % n)` of
/// `random_block(random_seed(seed, run), stream, i / n)` with n = per_block<T>.
/// attributes.a: the stream; .b: the dtype; .target: the shape.
struct random_op {
  static constexpr op_kind kind = op_kind::indexed;
  static constexpr int arity = 1;
  template <class T> static constexpr int per_block = sizeof(T) == 4 ? 4 : 2;
  static constexpr inferred infer(operands, const attributes& a) {
    const auto type = static_cast<dtype>(a.b);
    return {type, a.target, is_floating(type) ? nullptr : "random numbers are floating; convert with tl::cast"};
  }
  /// Each sample draws its own numbers.
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x) {
    const ref state = x[0].mapped ? apply<max_op>({.a = 1}, x[0].value) : x[0].value;  // it is the same for all: see random_step
    return detail::apply_like(y, detail::with_target(y.attributes(), detail::with_samples(samples, y.shape())), state);
  }
};
constexpr bool is_random(const op_info* op) { return op->infer == &random_op::infer; }

/// The random state inside a step of a loop, from that around the loop and the number of the step.
struct random_step_op {
  static constexpr auto name = "random_step";
  static constexpr op_kind kind = op_kind::indexed;
  static constexpr int arity = 2;
  static constexpr inferred infer(operands, const attributes&) { return {dtype::i64, shape(2)}; }
  /// Where samples take different numbers of steps, the number is that of those which still go on.
  static constexpr ref batch(ref, dim samples, std::span<const batched> x) {
    const auto same = [](const batched& one) { return one.mapped ? apply<max_op>({.a = 1}, one.value) : one.value; };
    return broadcast_to(apply<random_step_op>(same(x[0]), same(x[1])), shape(samples, dim(2)));
  }
};

struct random_uniform_op : random_op {
  static constexpr auto name = "random_uniform";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T element(philox_words block, int which) {
    if constexpr (sizeof(T) == 4) return uniform01(block.word[which]);
    else return uniform01(detail::joined(block.word[2 * which], block.word[2 * which + 1]));
  }
};
struct random_normal_op : random_op {
  static constexpr auto name = "random_normal";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T element(philox_words block, int which) { return detail::normal_in_block<T>(block, which); }
};

/// Random numbers under a name in the current scope, for functions of handles. In the body of a loop they are drawn at each step.
template <class Op> constexpr ref draw(builder& b, std::string_view name, dtype type, const shape& s) {
  ref state[]{add_leaf(b, {leaf_kind::random, "random state", dtype::i64, shape(2), {}, false})};
  for (int depth = 0; depth < b.loop_depth(); ++depth) state[0] = apply<random_step_op>(state[0], b.step_number(depth));
  const auto stream = hash_combine(hash_of(name), scope_hash(b));
  return add_node(b, id_of<Op>(), {.a = static_cast<std::int64_t>(stream), .b = static_cast<std::int64_t>(type), .target = s}, state);
}

namespace detail {

template <class Op, fixed_string Name> struct draw_like {
  constexpr ref operator()(ref x) const { return draw<Op>(*x.owner, Name.view(), x.type(), x.shape()); }
};
template <fixed_string Name> struct decide_like {
  constexpr ref operator()(ref x, ref probability) const { return draw<random_uniform_op>(*x.owner, Name.view(), dtype::f32, x.shape()) < probability; }
};

}  // namespace detail

/// A tensor of random numbers as an expression. It is known by its name and scope: one name is one tensor, drawn once a run; in
/// the body of a loop, once a step.
template <class Op, fixed_string Name, element T, auto... Dims> struct random_tensor : expression_base {
  static_assert(std::floating_point<T>, "tapeless: random numbers are float or double");
  static constexpr tapeless::shape shape = detail::shape_from<Dims...>();
  static constexpr dtype type = dtype_of<T>;
  static constexpr bool weak = false;
  static constexpr std::uint64_t hash = hash_combine(hash_combine(hash_of(Op::name), hash_of(Name.view())), detail::hash_of_shape(shape) * 8 + static_cast<std::uint64_t>(type));

  static constexpr ref trace(builder& b) { return draw<Op>(b, Name.view(), type, shape); }
  static constexpr void describe(text& out, int) { out << Op::name << "(" << Name.view() << ")"; }
};

/// Numbers in [0, 1), drawn anew in each run: `random_uniform<"noise", float, "N"_d, 10>()`.
///   gradient  none: they depend on nothing
template <fixed_string Name, element T, auto... Dims> constexpr random_tensor<random_uniform_op, Name, T, Dims...> random_uniform() { return {}; }

/// Numbers from the standard normal distribution, drawn anew in each run.
template <fixed_string Name, element T, auto... Dims> constexpr random_tensor<random_normal_op, Name, T, Dims...> random_normal() { return {}; }

/// True with the given probability, element by element: `bernoulli<"mask", 64, 100>(0.8_c)`.
///   limits    always false for 0, always true for 1
template <fixed_string Name, auto... Dims, expression P>
constexpr applied<less_op, random_tensor<random_uniform_op, Name, float, Dims...>, P> bernoulli(P) {
  verify<&applied<less_op, random_tensor<random_uniform_op, Name, float, Dims...>, P>::check>();
  return {};
}
template <fixed_string Name, auto... Dims, traced P> constexpr ref bernoulli(P probability) {
  return apply<less_op>(random_tensor<random_uniform_op, Name, float, Dims...>{}, probability);
}

// The same in the shape (and dtype, which must be floating) of another tensor: `random_normal_like<"noise">(x)`,
// `bernoulli_like<"mask">(x, 0.8_c)`. Return types are spelled out because nvcc loses names that a body hands on.

template <fixed_string Name, expression X> constexpr call<detail::draw_like<random_uniform_op, Name>, X> random_uniform_like(X x) { return tapeless::invoke(detail::draw_like<random_uniform_op, Name>{}, x); }
template <fixed_string Name, expression X> constexpr call<detail::draw_like<random_normal_op, Name>, X> random_normal_like(X x) { return tapeless::invoke(detail::draw_like<random_normal_op, Name>{}, x); }
template <fixed_string Name, expression X, expression P> constexpr call<detail::decide_like<Name>, X, P> bernoulli_like(X x, P probability) { return tapeless::invoke(detail::decide_like<Name>{}, x, probability); }

template <fixed_string Name> constexpr ref random_uniform_like(ref x) { return tapeless::invoke(detail::draw_like<random_uniform_op, Name>{}, x); }
template <fixed_string Name> constexpr ref random_normal_like(ref x) { return tapeless::invoke(detail::draw_like<random_normal_op, Name>{}, x); }
template <fixed_string Name, class P> requires any_operand<P> constexpr ref bernoulli_like(ref x, P probability) { return tapeless::invoke(detail::decide_like<Name>{}, x, probability); }

}  // namespace tapeless
