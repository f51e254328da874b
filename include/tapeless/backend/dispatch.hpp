#pragma once
#include <tapeless/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Functions that stand in one program several times, once for each instruction set, and are chosen when it starts. CMake's
// tapeless_dispatch() compiles them so, and writes a table for each target; this header chooses. It needs neither xsimd nor
// the rest of the library.

namespace tapeless::shared {

/// What tapeless_dispatch() compiles for, worst first.
enum class instruction_set : std::uint8_t {
  baseline,  ///< as all of the program: SSE2 on x86-64, NEON on aarch64, if no flag says else
  sse4,      ///< SSE4.2
  avx,
  avx2,    ///< with FMA
  avx512,  ///< F, CD, BW, DQ, VL
  neon
};

constexpr std::string_view to_string(instruction_set s) {
  constexpr std::string_view names[]{"baseline", "sse4", "avx", "avx2", "avx512", "neon"};
  return names[static_cast<std::size_t>(s)];
}

using function = void();

/// What initializes a set's variables at namespace scope.
struct initializers {
  function* const* first = nullptr;
  function* const* last = nullptr;
};

/// The functions that tapeless_dispatch() made of one target. Function f for set s is functions[s * function_count + f]; the
/// program calls what stands in current[f].
struct dispatched_target {
  const char* name;
  std::span<const instruction_set> sets;
  std::size_t function_count;
  function* const* functions;
  function** current;
  std::span<const shared::initializers> initializers;  ///< for each set

  std::size_t in_use = 0;
  std::uint64_t initialized = 0;  ///< a bit for each set
  dispatched_target* next = nullptr;
};

inline constinit dispatched_target* first_dispatched_target = nullptr;

}  // namespace tapeless::shared

namespace tapeless::inline TAPELESS_ABI {

using shared::instruction_set;

namespace dispatch {

/// Whether this processor and its operating system run what is compiled for a set.
inline bool is_supported(instruction_set set) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  switch (set) {
    case instruction_set::baseline: return true;
    case instruction_set::sse4: return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    case instruction_set::avx: return __builtin_cpu_supports("avx");
    case instruction_set::avx2: return avx2;
    case instruction_set::avx512:
      return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    case instruction_set::neon: return false;
  }
  return false;
#elif defined(__ARM_NEON)
  return set == instruction_set::baseline || set == instruction_set::neon;
#else
  return set == instruction_set::baseline;
#endif
}

namespace detail {

inline std::string mistake(const shared::dispatched_target& t, const std::string& expected, std::string_view found) {
  std::string list;
  for (auto s : t.sets) list += (list.empty() ? "" : ", ") + std::string(to_string(s));
  return "dispatch of " + std::string(t.name) + ": instruction set: expected " + expected + " (built for: " + list + "), found " + std::string(found);
}

/// The place of a set among those of a target; a message where it cannot run.
inline std::size_t find(const shared::dispatched_target& t, std::string_view name, std::string& message) {
  for (std::size_t i = 0; i < t.sets.size(); ++i) {
    if (to_string(t.sets[i]) != name) continue;
    if (!is_supported(t.sets[i])) message = mistake(t, "one that this processor supports", name);
    return i;
  }
  message = mistake(t, "one that it is built for", name);
  return 0;
}

inline std::size_t find_best(const shared::dispatched_target& t, std::string& message) {
  std::size_t best = t.sets.size();
  for (std::size_t i = 0; i < t.sets.size(); ++i)
    if (is_supported(t.sets[i]) && (best == t.sets.size() || t.sets[i] > t.sets[best])) best = i;
  if (best == t.sets.size()) message = mistake(t, "one that this processor supports", "none");
  return best;
}

inline void use(shared::dispatched_target& t, std::size_t set) {
  for (std::size_t f = 0; f < t.function_count; ++f) __atomic_store_n(&t.current[f], t.functions[set * t.function_count + f], __ATOMIC_RELEASE);
  t.in_use = set;
  const auto bit = std::uint64_t{1} << set;
  if (t.initialized & bit) return;
  t.initialized |= bit;
  for (auto* f = t.initializers[set].first; f != t.initializers[set].last; ++f) (*f)();
}

/// What a target does before main: takes the best set, or the one that TAPELESS_INSTRUCTION_SET names.
inline void start(shared::dispatched_target& t) {
  const char* const forced = std::getenv("TAPELESS_INSTRUCTION_SET");
  std::string message;
  const auto set = forced != nullptr ? find(t, forced, message) : find_best(t, message);
  if (!message.empty()) {
    std::fprintf(stderr, "tapeless: %s%s\n", message.c_str(), forced != nullptr ? " in TAPELESS_INSTRUCTION_SET" : "");
    std::_Exit(EXIT_FAILURE);  // nothing of the program has begun
  }
  t.next = shared::first_dispatched_target;
  shared::first_dispatched_target = &t;
  use(t, set);
}

inline shared::dispatched_target& target(std::string_view name) {
  auto* t = shared::first_dispatched_target;
  while (t != nullptr && !name.empty() && name != t->name) t = t->next;
  if (t == nullptr) raise(error("dispatch: target: expected one that tapeless_dispatch() made, found " + (name.empty() ? "none" : std::string(name))));
  return *t;
}

}  // namespace detail

/// The sets that a target's functions are built for and this processor supports, worst first. Without a name: of the only target.
inline std::vector<instruction_set> available(std::string_view target = "") {
  std::vector<instruction_set> list;
  for (auto s : detail::target(target).sets)
    if (is_supported(s)) list.push_back(s);
  std::sort(list.begin(), list.end());
  return list;
}

/// The set that a target's functions run now.
inline instruction_set in_use(std::string_view target = "") {
  const auto& t = detail::target(target);
  return t.sets[t.in_use];
}

/// Makes a target's functions run another set from their next call on, for tests and measurements. What they keep between
/// calls, each set has its own of.
///   errors    a set that the target is not built for, or that this processor does not support
inline void use(std::string_view set, std::string_view target = "") {
  auto& t = detail::target(target);
  std::string message;
  const auto found = detail::find(t, set, message);
  if (!message.empty()) raise(error(message));
  detail::use(t, found);
}
inline void use(instruction_set set, std::string_view target = "") { use(to_string(set), target); }

}  // namespace dispatch

}  // namespace tapeless
