#pragma once
#include <tapeless/core/dtype.hpp>
#include <tapeless/core/registry.hpp>
#include <tapeless/core/shape.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tapeless::inline TAPELESS_ABI {

class builder;

/// What an op is parameterised by beside its operands. Each op documents which fields it reads.
struct attributes {
  std::int64_t a = 0, b = 0, c = 0;
  std::uint64_t bits = 0;  ///< a double, as bits: clang 16 takes no floating-point template arguments
  tapeless::shape target{};

  constexpr double number() const { return std::bit_cast<double>(bits); }
  friend constexpr bool operator==(const attributes&, const attributes&) = default;
};

/// What a shape rule sees of an operand.
struct operand {
  dtype type = dtype::f32;
  tapeless::shape shape{};
};

/// What a shape rule answers: dtype and shape of the result, or what is wrong with the operands.
struct inferred {
  dtype type = dtype::f32;
  tapeless::shape shape{};
  const char* problem = nullptr;
};
constexpr inferred invalid(const char* problem) { return {dtype::f32, {}, problem}; }

using operands = std::span<const operand>;

/// How an op is lowered.
enum class op_kind : std::uint8_t {
  leaf,         ///< placeholder, variable, extent
  constant,     ///< a rank-0 number
  elementwise,  ///< one element function, broadcasting
  reduction,    ///< a monoid over axes
  view,         ///< another way to address the same elements
  contraction,  ///< matmul
  assembly,     ///< parts written into one result: concat, pad
  indexed,      ///< rows chosen by index: gather, scatter, arg_max
  windowed,     ///< a window moved over images: convolution, pooling
  control,      ///< loops and choices, while their bodies stand among the other nodes
  region,       ///< the same as the planner has cut them out, and their results
};

/// Handle on one node of the graph under construction; gradient rules and traced functions compute with it.
/// The operators and functions of ops/ take it like any other operand.
///
/// A function that is written for numbers may make some of its own, as `T sum = 0`: those belong to no graph until they meet a
/// node of one.
struct ref {
  builder* owner = nullptr;
  int id = -1;
  double literal = 0;

  constexpr ref() = default;
  constexpr ref(builder* b, int node) : owner(b), id(node) {}
  template <class N> requires std::is_arithmetic_v<N> constexpr ref(N number) : id(literal_id), literal(static_cast<double>(number)) {}

  static constexpr int literal_id = -2;
  constexpr bool is_literal() const { return id == literal_id; }
  constexpr bool exists() const { return id >= 0; }
  // Copies: what a graph keeps moves when nodes are added.
  constexpr tapeless::shape shape() const;
  constexpr dtype type() const;
  constexpr tapeless::attributes attributes() const;
};

/// The gradients of an op by its operands, in order; a default `ref` means that none flows.
struct gradients {
  static constexpr int capacity = 4;
  std::array<ref, capacity> values{};
  int size = 0;
};
template <std::same_as<ref>... R> constexpr gradients inputs(R... r) {
  static_assert(sizeof...(R) <= gradients::capacity);
  return {{r...}, static_cast<int>(sizeof...(R))};
}
inline constexpr ref no_gradient{};

/// What a batching rule sees of an operand: its values for all samples, along a new first axis, or, where it is the same for
/// all of them, the operand as it was.
struct batched {
  ref value;
  bool mapped = false;
};

/// The value-level face of an op: graphs point to it, and `op_of` finds the op's type again at compile time.
struct op_info {
  std::string_view name;
  op_kind kind;
  std::uint64_t hash;
  bool local;                       ///< stands in an anonymous namespace
  inferred (*infer)(operands, const attributes&);
  void (*gradient)(ref dy, ref y, std::span<const ref> x, std::span<ref> dx);  ///< null: not differentiable
  double (*fold)(const double* x);  ///< null: not evaluated while compiling
  bool tame;                        ///< slopes are finite everywhere, also at inf and NaN
  int cost;                         ///< of one register of elements, in instructions, roughly
  void (*print)(text& out, const attributes& a);  ///< null: the operands and the result's shape say all
  ref (*batch)(ref y, dim samples, std::span<const batched> x);  ///< null: follows from the kind, or there is none
};

namespace detail {

/// Ops of fixed arity state `gradient(dy, y, x0, x1, ...)`; ops of any arity state `gradient(dy, y, span x, span dx)`.
template <class Op> constexpr auto gradient_pointer() -> decltype(op_info::gradient) {
  if constexpr (requires(ref r, std::span<const ref> x, std::span<ref> dx) { Op::gradient(r, r, x, dx); }) {
    return &Op::gradient;
  } else if constexpr (requires { &Op::gradient; }) {
    return [](ref dy, ref y, std::span<const ref> x, std::span<ref> dx) {
      const gradients g = [&]<std::size_t... I>(std::index_sequence<I...>) {
        return Op::gradient(dy, y, x[I]...);
      }(std::make_index_sequence<static_cast<std::size_t>(Op::arity)>{});
      for (int i = 0; i < g.size; ++i) dx[static_cast<std::size_t>(i)] = g.values[static_cast<std::size_t>(i)];
    };
  } else {
    return nullptr;
  }
}

/// Ops of exact arithmetic say `foldable`; transcendental ones are left to run time, where every compiler agrees.
template <class Op> concept foldable = requires { requires Op::foldable; };

template <class Op> constexpr auto fold_pointer() -> decltype(op_info::fold) {
  if constexpr (foldable<Op>) {
    return [](const double* x) {
      return [&]<std::size_t... I>(std::index_sequence<I...>) { return Op::value(x[I]...); }(std::make_index_sequence<static_cast<std::size_t>(Op::arity)>{});
    };
  } else {
    return nullptr;
  }
}

/// Elementwise ops that are not a function such as exp say so: `static constexpr int cost = 1`.
template <class Op> constexpr int cost_of() {
  if constexpr (requires { Op::cost; }) return Op::cost;
  else return Op::kind == op_kind::elementwise && !foldable<Op> ? 16 : 1;
}

/// Elementwise ops whose slopes are finite everywhere may say so: `static constexpr bool tame = true`. Then derivatives of what
/// stands above them need not take care that a gradient of 0 stays 0.
template <class Op> constexpr bool is_tame() {
  if constexpr (requires { Op::tame; }) return Op::tame;
  else return false;
}

template <class Op> constexpr auto print_pointer() -> decltype(op_info::print) {
  if constexpr (requires { &Op::print; }) return &Op::print;
  else return nullptr;
}

/// `batch(y, samples, x)` computes y, a node of one sample, for all samples, along a new first axis. At least one operand
/// is mapped.
template <class Op> constexpr auto batch_pointer() -> decltype(op_info::batch) {
  if constexpr (requires { &Op::batch; }) return &Op::batch;
  else return nullptr;
}

}  // namespace detail

template <class Op>
inline constexpr op_info info_of{Op::name, Op::kind, detail::type_hash<Op>, detail::is_local<Op>, &Op::infer, detail::gradient_pointer<Op>(), detail::fold_pointer<Op>(), detail::is_tame<Op>(), detail::cost_of<Op>(), detail::print_pointer<Op>(), detail::batch_pointer<Op>()};

/// Keys of the registry from an op_info back to the type of its op.
template <const op_info* Address> struct op_key {};

/// The address that stands for `Op` in graphs.
template <class Op> constexpr const op_info* id_of() {
  static_assert(entered<op_key<&info_of<Op>>, Op>);
  return &info_of<Op>;
}
/// Whether a node's op is `Op`, also where it is a copy without functions: see bare_program.
template <class Op> constexpr bool is_op(const op_info* op) { return op->hash == detail::type_hash<Op>; }
/// The op type that an address in a graph stands for.
template <const op_info* Address> using op_of = registered_as<op_key<Address>>;

}  // namespace tapeless
