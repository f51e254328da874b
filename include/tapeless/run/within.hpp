#pragma once
#include <tapeless/expr/assign.hpp>
#include <tapeless/plan/recompute.hpp>
#include <tapeless/run/program.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Of what `on` places: run/placement.hpp.
template <class Backend, class Program> struct placed_program;

template <std::int64_t Bytes> struct memory_limit : action_base {
  static constexpr bool sound = true;
  static constexpr void trace(builder&) {}
};
/// Fetched along with the rest, `tl::session<tl::simd>(loss, update, tl::within<64_KiB>)`, bounds `arena_bytes`: where keeping
/// everything for the backward pass would take more, the plan computes the least of it again that it gets by with.
///   errors   not even computing nearly everything again takes so little: the message tells how little it does take; or an
///            extent is not static
template <std::int64_t Bytes> inline constexpr memory_limit<Bytes> within{};

inline namespace literals {
consteval std::int64_t operator""_KiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 10; }
consteval std::int64_t operator""_MiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 20; }
}  // namespace literals

template <class Graph> constexpr int computed_nodes(const Graph& g) {
  int n = 0;
  for (const auto& x : g.nodes) n += x.op->kind != op_kind::leaf && x.op->kind != op_kind::constant && x.op->kind != op_kind::view;
  return n;
}

/// A program that computes some of another's results twice.
template <class Program, int Choice> struct recomputing_program {
  static constexpr bool sound = Program::sound;
  static constexpr auto& traced = Program::traced;
  static constexpr auto& simplified = Program::simplified;
  static constexpr auto graph = freeze<[] { return legalise(recompute(Program::graph, Program::plan, recompute_choices[Choice])); }>();
  static constexpr auto plan = freeze_plan<graph, [] { return lower(graph); }>();
  static constexpr bool is_static = Program::is_static;
  static constexpr int kernels = static_cast<int>(plan.kernels.size());
  static constexpr int computed_again = computed_nodes(graph) - computed_nodes(Program::graph);
};

namespace detail {

template <class Fetch> inline constexpr std::int64_t limit_of = -1;
template <std::int64_t Bytes> inline constexpr std::int64_t limit_of<memory_limit<Bytes>> = Bytes;
template <std::int64_t Bytes> inline constexpr std::int64_t limit_of<const memory_limit<Bytes>> = Bytes;

template <class Backend, class Program> struct trials {
  static constexpr std::int64_t plain_bytes = Backend::template executor<Program>::arena_bytes;
  /// What a choice would take, with the scratch memory that the plain plan has: only the one that is taken is made a constant.
  template <int Choice> static constexpr std::int64_t bytes = [] {
    if constexpr (Choice == 0) return plain_bytes;
    const auto workspace = plain_bytes - plan_memory(Program::graph, Program::plan, binding{}, 0).arena_bytes;
    const tapeless::graph g = legalise(recompute(Program::graph, Program::plan, recompute_choices[Choice]));
    return plan_memory(g, lower(g), binding{}, workspace).arena_bytes;
  }();
};

/// The first choice whose plan stays within the limit; it is known to take less the more is computed again, up to some point.
template <class Backend, class Program, std::int64_t Bytes> struct fitting : trials<Backend, Program> {
  using trials<Backend, Program>::plain_bytes;
  static constexpr int last = static_cast<int>(std::size(recompute_choices)) - 1;

  template <int Choice> using candidate = std::conditional_t<Choice == 0, Program, recomputing_program<Program, Choice>>;
  template <int Choice> static constexpr std::int64_t bytes = trials<Backend, Program>::template bytes<Choice>;
  template <int Choice> static constexpr bool fits = bytes<Choice> <= Bytes;

  static constexpr int best_of(std::array<std::int64_t, static_cast<std::size_t>(last) + 1> all) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i] < all[best]) best = i;
    return static_cast<int>(best);
  }
  template <int Low, int High> static consteval int search() {
    if constexpr (Low == High && fits<Low>) return Low;
    else if constexpr (Low == High) return [&]<int... I>(std::integer_sequence<int, I...>) { return best_of({bytes<I>...}); }(std::make_integer_sequence<int, last + 1>{});
    else if constexpr (fits<(Low + High) / 2>) return search<Low, (Low + High) / 2>();
    else return search<(Low + High) / 2 + 1, High>();
  }
  static constexpr int found = [] {
    if constexpr (!Program::is_static) return 0;
    else if constexpr (fits<0>) return 0;
    else return search<1, last>();
  }();
  using program = candidate<found>;

  static constexpr text check() {
    text m;
    if (!Program::is_static) m << "within: memory is bounded only where all extents are static";
    else if (constexpr auto least = Backend::template executor<program>::arena_bytes; least > Bytes)
      m << "within: the plan takes " << least << " bytes at least, " << Bytes << " are allowed; without a limit it takes " << plain_bytes;
    return m;
  }
};

template <class Backend, class... Fetches> struct planned {
  static constexpr std::int64_t limit = std::max({std::int64_t{-1}, limit_of<Fetches>...});
  static constexpr bool is_limited = limit >= 0 && !requires { Backend::runs_as_traced; };
  static auto find() {
    using plain = tapeless::program<Fetches...>;
    if constexpr (has_transfers(plain::traced) && !requires { Backend::runs_as_traced; }) return std::type_identity<placed_program<Backend, plain>>();
    else if constexpr (is_limited) return std::type_identity<typename fitting<Backend, plain, limit>::program>();
    else if constexpr (requires { typename Backend::template program<plain>; }) return std::type_identity<typename Backend::template program<plain>>();
    else return std::type_identity<plain>();
  }
  static constexpr text check() {
    if constexpr (is_limited) return fitting<Backend, tapeless::program<Fetches...>, limit>::check();
    else return {};
  }
  using program = typename decltype(find())::type;
};

/// Compiles if and only if there is no limit or it can be kept.
template <class Backend, class... Fetches> constexpr bool verify_limit() {
  if constexpr (planned<Backend, Fetches...>::is_limited) return verify<&planned<Backend, Fetches...>::check>();
  else return true;
}
/// What a session of these fetches runs.
template <class Backend, class... Fetches> using program_for = typename planned<Backend, Fetches...>::program;
template <class Program> constexpr int computed_again() {
  if constexpr (requires { Program::computed_again; }) return Program::computed_again;
  else return 0;
}

}  // namespace detail

}  // namespace tapeless
