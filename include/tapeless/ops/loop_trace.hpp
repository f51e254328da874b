#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/graph/control.hpp>
#include <tapeless/ops/shape_ops.hpp>

#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

/// What stands for a value that a loop gives its body.
constexpr ref add_bound(builder& b, dtype type, const shape& s) { return b.add_bound(type, s); }
constexpr loop_form form_of(ref loop) { return loop_form::of(loop.attributes()); }
constexpr ref operand_of(ref x, int i) { return x.owner->at(x.owner->graph.operand_of(x.id, i)); }

/// Carried value `i` of a loop after its last step.
constexpr ref final_of(ref loop, int i) {
  const ref first = operand_of(loop, form_of(loop).first(i));
  return apply<final_op>({.a = i, .b = static_cast<std::int64_t>(first.type()), .target = first.shape()}, loop);
}
/// The values that v, computed in the loop's body, has in all steps.
constexpr ref stacked_of(ref loop, ref v) {
  const ref x[]{loop, v};
  return add_node(*loop.owner, id_of<stacked_op>(), {}, x);
}
/// Without the leading axis.
constexpr shape element_shape(const shape& s) {
  shape e;
  for (int i = 1; i < s.rank; ++i) e.push(s[i]);
  return e;
}
/// Behind a leading axis.
constexpr shape stacked_shape(const dim& length, const shape& s) {
  shape r{length};
  for (int i = 0; i < s.rank; ++i) r.push(s[i]);
  return r;
}

namespace detail {

constexpr bool is_weak(ref x) { return x.owner->graph.is(x.id, op_kind::constant) && x.attributes().a == 1; }
/// A number in the code takes the dtype and the shape of what it stands for.
constexpr ref settled_like(ref x, dtype type, const shape& s) { return broadcast_to(is_weak(x) ? add_constant(*x.owner, x.attributes().number(), type, false) : x, s); }

/// Handles, tuples of handles, and what becomes one: in a row, and back in the structure that they had.
template <class T> struct is_tuple : std::false_type {};
template <class... T> struct is_tuple<std::tuple<T...>> : std::true_type {};
template <class A, class B> struct is_tuple<std::pair<A, B>> : std::true_type {};

template <class T> constexpr void put_in_row(builder& b, sequence<ref>& row, const T& x) {
  if constexpr (is_tuple<T>::value) std::apply([&](const auto&... part) { (put_in_row(b, row, part), ...); }, x);
  else row.push_back(as_ref(b, x));
}
template <class T> constexpr std::size_t row_size() {
  if constexpr (is_tuple<T>::value) return []<std::size_t... I>(std::index_sequence<I...>) { return (std::size_t{0} + ... + row_size<std::tuple_element_t<I, T>>()); }(std::make_index_sequence<std::tuple_size_v<T>>{});
  else return 1;
}
/// As T, with what `leaf(i)` gives for its i-th part.
template <class T, std::size_t First = 0, class Leaf> constexpr auto in_structure(Leaf leaf) {
  if constexpr (is_tuple<T>::value) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      [[maybe_unused]] constexpr auto start = [](std::size_t end) {
        std::size_t n = First, i = 0;
        ((i++ < end ? void(n += row_size<std::tuple_element_t<I, T>>()) : void()), ...);
        return n;
      };
      return std::tuple(in_structure<std::tuple_element_t<I, T>, start(I)>(leaf)...);
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else {
    return leaf(std::integral_constant<std::size_t, First>{});
  }
}
template <class T> constexpr auto handles(const ref* row) {
  return in_structure<T>([row](auto i) { return row[i()]; });
}
template <class T> using handles_t = decltype(handles<T>(nullptr));

/// A loop while it is traced: its operands, in the order of loop_form.
struct loop_builder {
  builder& b;
  const char* name;
  loop_form form{};
  sequence<ref> first{}, sequences{}, next{}, arguments{}, rest{};

  constexpr void carry(ref x) {
    const bool weak = is_weak(x);
    const auto type = weak ? (sequences.empty() ? dtype::f64 : sequences[0].type()) : x.type();
    if (weak) x = add_constant(b, x.attributes().number(), type, false);
    first.push_back(x);
    arguments.push_back(add_bound(b, x.type(), x.shape()));
    ++form.carried;
  }
  constexpr void walk(ref xs) {
    arguments.push_back(add_bound(b, xs.type(), element_shape(xs.shape())));
    ++form.sliced;
  }
  /// The number of steps: the common leading extent.
  constexpr shape length_of_sequences() {
    shape length;
    for (const ref& xs : sequences) {
      text m;
      if (xs.shape().rank == 0) {
        print_operand(m << name << ": a sequence needs a leading axis to walk along, not", {xs.type(), xs.shape()});
        fail(b, m);
        return shape(1);
      }
      if (length.rank == 0) length = shape(xs.shape()[0]);
      if (compatible(length[0], xs.shape()[0])) continue;
      print_operand(m << name << ": the sequences have different lengths:", {sequences[0].type(), sequences[0].shape()});
      print_operand(m << " and", {xs.type(), xs.shape()});
      fail(b, m);
    }
    return length;
  }
  /// Takes what a step gives in the place of what it was given.
  constexpr void give(const ref* values) {
    for (int i = 0; i < form.carried; ++i) {
      const ref was = first[i];
      ref is = values[i];
      if (is_weak(is)) is = settled_like(is, was.type(), was.shape());
      bool same = is.type() == was.type() && is.shape().rank == was.shape().rank;
      for (int axis = 0; same && axis < was.shape().rank; ++axis) same = compatible(is.shape()[axis], was.shape()[axis]);
      if (!same) {
        text m;
        print_operand(m << name << ": a step must give what it is given: carried value " << i << " is", {was.type(), was.shape()});
        print_operand(m << ", the step gives", {is.type(), is.shape()});
        fail(b, m);
        is = was;
      }
      next.push_back(is);
    }
  }
  /// Where the body asks for the number of the step, it is one more carried value, behind the others.
  constexpr void count_steps(ref number) {
    if (!number.exists()) return;
    first.push_back(add_constant(b, 0, number.type(), false));
    next.push_back(number + 1.0);
    arguments.push_back(number);
    for (auto i = arguments.size() - 1; i > static_cast<std::size_t>(form.carried); --i) std::swap(arguments[i], arguments[i - 1]);
    ++form.carried;
  }
  constexpr ref add(const shape& length) {
    sequence<ref> all = first;
    all.append(sequences), all.append(next), all.append(arguments), all.append(rest);
    return b.add(id_of<loop_op>(), form.packed(length), {all.data(), all.size()});
  }
};

/// The loop's step, applied to handles: F(carried, elements...).
template <class Carried, class F, class... Xs> constexpr auto step(const F& f, const sequence<ref>& arguments) {
  constexpr auto carried = row_size<Carried>();
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return f(handles<Carried>(arguments.data()), arguments[carried + I]...);
  }(std::index_sequence_for<Xs...>{});
}

/// Everything that fold, scan, map_fn and repeat are: carried values, sequences, and what is collected on the way.
/// `Collects`: F gives a pair of the next carried values and what is collected.
struct loop_results {
  sequence<ref> carried{}, collected{};
};
template <bool Collects, class Carried, class F, class... Xs>
constexpr loop_results trace_loop(builder& b, const char* name, const F& f, const Carried& init, shape length, const Xs&... xs) {
  loop_builder l{.b = b, .name = name};
  sequence<ref> start;
  put_in_row(b, start, init);
  (l.sequences.push_back(as_ref(b, xs)), ...);
  if (length.rank == 0) length = l.length_of_sequences();
  if (!b.mistake.empty()) return {start, {}};
  for (const ref& x : start) l.carry(x);
  for (const ref& x : l.sequences) l.walk(x);
  b.enter_loop();
  const auto given = step<Carried, F, Xs...>(f, l.arguments);
  const ref step_number = b.leave_loop();
  sequence<ref> next, found;
  if constexpr (Collects) put_in_row(b, next, std::get<0>(given)), put_in_row(b, found, std::get<1>(given));
  else put_in_row(b, next, given);
  if (next.size() != l.first.size()) {
    text m;
    fail(b, m << name << ": a step must give as many values as are carried: " << static_cast<std::int64_t>(l.first.size()) << ", not " << static_cast<std::int64_t>(next.size()));
    return {start, found};
  }
  l.give(next.data());
  l.count_steps(step_number);
  loop_results r;
  const ref loop = l.add(length);
  for (int i = 0; i < static_cast<int>(start.size()); ++i) r.carried.push_back(final_of(loop, i));
  for (const ref& x : found) r.collected.push_back(stacked_of(loop, is_weak(x) ? add_constant(b, x.attributes().number(), l.sequences.empty() ? dtype::f64 : l.sequences[0].type(), false) : x));
  return r;
}

}  // namespace detail

}  // namespace tapeless
