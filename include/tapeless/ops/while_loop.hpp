#pragma once
#include <tapeless/ops/loops.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

template <int Most, class Test, class F, class Carried> constexpr sequence<ref> trace_while(builder& b, const Test& test, const F& f, const Carried& init) {
  loop_builder l{.b = b, .name = "while_loop"};
  sequence<ref> start, next;
  put_in_row(b, start, init);
  for (const ref& x : start) l.carry(x);
  b.enter_loop();
  const auto given = handles<Carried>(l.arguments.data());
  const ref condition = as_ref(b, test(given));
  if (condition.type() != dtype::boolean || condition.shape().rank != 0) {
    text m;
    print_operand(m << "while_loop: the test must give a bool scalar, not", {condition.type(), condition.shape()});
    fail(b, m);
  }
  put_in_row(b, next, f(given));
  const ref step_number = b.leave_loop();
  if (next.size() != start.size()) {
    text m;
    fail(b, m << "while_loop: a step must give as many values as are carried: " << static_cast<std::int64_t>(start.size()) << ", not " << static_cast<std::int64_t>(next.size()));
  }
  if (!b.mistake.empty()) return start;
  l.give(next.data());
  l.count_steps(step_number);
  l.form.conditional = true;
  l.rest.push_back(condition);
  const ref loop = l.add(Most > 0 ? shape(Most) : shape());
  sequence<ref> last;
  for (int i = 0; i < static_cast<int>(start.size()); ++i) last.push_back(final_of(loop, i));
  return last;
}

template <int Most, class Test, class F, class Carried> struct while_of {
  static constexpr sequence<ref> trace(builder& b, const ref* row) { return trace_while<Most>(b, Test{}, F{}, handles<Carried>(row)); }
};

}  // namespace detail

/// Steps as long as a test holds: `tl::while_loop([](auto x) { return x < 100_c; }, [](auto x) { return x * x; }, start)`.
///   carried   one value, or a std::tuple of them; a step must give the same dtypes and shapes
///   Most      at most so many steps are taken. Reverse mode needs it, since its memory is planned; forward mode does not
///   gradient  by the start and whatever the step uses; none flows through the test
template <int Most = 0, class Test, class F, class Init> requires detail::any_traced<Init> constexpr auto while_loop(Test test, F f, Init init) {
  return detail::handles<Init>(detail::trace_while<Most>(detail::owner_among(init), test, f, init).data());
}
template <int Most = 0, class Test, class F, class Init> requires detail::all_expressions<Init> constexpr auto while_loop(Test, F, Init init) {
  return detail::outputs_of<detail::while_of<Most, Test, F, Init>, Init, 0>(detail::tuple_of_parts(init));
}

}  // namespace tapeless
