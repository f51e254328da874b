#pragma once
#include <tapeless/plan/report.hpp>
#include <tapeless/run/program.hpp>

#include <string>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Calls visit with each body of a program's loops and choices, as a type, and the steps that it takes under a binding at most;
/// a branch takes one.
template <class Program, class F> constexpr void each_body(const binding& b, F visit) {
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    const auto of_kernel = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      if constexpr (Program::plan.kernels[I].kind == kernel_kind::region) {
        constexpr int node = Program::plan.kernels[I].node, region = static_cast<int>(Program::graph.attributes_of(node).a);
        constexpr region_form form = form_of_region<Program, region>;
        const auto& length = Program::graph.shape_of(node);
        const std::int64_t steps = length.rank == 0 ? 1 : b(length[0]);
        const auto body = [&]<region_part Part>(std::integral_constant<region_part, Part>) { visit(std::type_identity<body_program<Program, region, Part>>{}, Part, node, steps); };
        if constexpr (form.is_choice) {
          body(std::integral_constant<region_part, region_part::first_branch>{});
          body(std::integral_constant<region_part, region_part::second_branch>{});
        } else {
          body(std::integral_constant<region_part, region_part::step>{});
          if constexpr (form.conditional) body(std::integral_constant<region_part, region_part::condition>{});
        }
      }
    };
    (of_kernel(std::integral_constant<std::size_t, K>{}), ...);
  }(std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>{});
}

template <class Program> constexpr std::int64_t flops_with_bodies(const binding& b) {
  std::int64_t total = flops_of(Program::graph, Program::plan, b);
  each_body<Program>(b, [&]<class Body>(std::type_identity<Body>, region_part, int, std::int64_t steps) { total += steps * flops_with_bodies<Body>(b); });
  return total;
}
template <class Program> constexpr std::int64_t bytes_with_bodies(const binding& b) {
  std::int64_t total = bytes_of(Program::graph, Program::plan, b);
  each_body<Program>(b, [&]<class Body>(std::type_identity<Body>, region_part, int, std::int64_t steps) { total += steps * bytes_with_bodies<Body>(b); });
  return total;
}

template <class Program> std::string text_with_bodies() {
  std::string out = to_string(Program::graph) + to_string(Program::graph, Program::plan);
  detail::each_body<Program>({}, [&]<class Body>(std::type_identity<Body>, region_part part, int node, std::int64_t) {
    constexpr const char* names[]{"step", "condition", "first branch", "second branch"};
    out += std::string(names[static_cast<int>(part)]) + " of %" + std::to_string(node) + ":\n" + text_with_bodies<Body>();
  });
  return out;
}

}  // namespace detail

/// flops_of and bytes_of a program with the bodies of its loops, each as often as it has steps at most; both branches of choices;
/// of one for several backends all its parts.
template <class Program> constexpr std::int64_t flops_of(const binding& b) {
  if constexpr (requires { Program::part_count; }) return Program::sum_of_parts([&]<class Part>(std::type_identity<Part>) { return flops_of<Part>(b); });
  else return detail::flops_with_bodies<Program>(b);
}
template <class Program> constexpr std::int64_t bytes_of(const binding& b) {
  if constexpr (requires { Program::part_count; }) return Program::sum_of_parts([&]<class Part>(std::type_identity<Part>) { return bytes_of<Part>(b); });
  else return detail::bytes_with_bodies<Program>(b);
}

/// A program's graph and kernels as text, and those of the bodies of its loops and choices.
template <class Program> std::string to_string() {
  if constexpr (requires { Program::part_count; }) return Program::text_of_parts();
  else return detail::text_with_bodies<Program>();
}

}  // namespace tapeless
