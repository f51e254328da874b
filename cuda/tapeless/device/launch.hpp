#pragma once
#include <tapeless/device/block.hpp>

#include <concepts>
#include <type_traits>
#include <vector>

namespace tapeless::inline TAPELESS_ABI::device {

/// A kernel is a type whose name nvcc can spell (template arguments are numbers, or types of such):
///
///   struct arguments                        trivially copyable; passed by value
///   static constexpr int most_threads       of a block
///   static constexpr int least_blocks       if stated: so many have room on a multiprocessor, and the compiler may take more registers
///                                           for them than it would think best
///   static constexpr const char* name       for messages
///   static grid shape(const arguments&)     how it is launched
///   run(const Block&, const arguments&)     its body: see block.hpp
template <class Kernel>
concept kernel_body = std::is_trivially_copyable_v<typename Kernel::arguments> && requires(const typename Kernel::arguments& a, const host_block& b) {
  { Kernel::shape(a) } -> std::same_as<grid>;
  Kernel::run(b, a);
  int{Kernel::most_threads};
};

/// One launch of a kernel, for the card and for a processor alike.
struct launch {
  const void* entry = nullptr;                                  ///< the kernel on the card; null where nvcc does not compile
  void (*on_host)(const grid&, const void* arguments) = nullptr;
  grid shape{};
  const void* arguments = nullptr;
  std::size_t argument_bytes = 0;
  const char* name = "";
  void (*clear_padding)(void* arguments) = nullptr;  ///< of a copy, so that nothing is there but what is meant; null: not to be had
};

#if defined(__CUDACC__)
template <class Kernel> inline constexpr int least_blocks_of = [] {
  if constexpr (requires { Kernel::least_blocks; }) return Kernel::least_blocks;
  else return 0;
}();
/// With the arguments' type beside the kernel's: what nvcc writes for the host names it before the descriptions of kernels are
/// entered that templates find.
template <class Kernel, class Arguments> __global__ void __launch_bounds__(Kernel::most_threads, least_blocks_of<Kernel>) entry(const __grid_constant__ Arguments a) {
  extern __shared__ __align__(16) std::byte memory[];
  Kernel::run(device_block(memory), a);
}
#endif

/// All blocks of a launch, one after the other.
template <class Kernel> void run_on_host(const grid& shape, const void* arguments) {
  std::vector<std::max_align_t> shared(static_cast<std::size_t>(shape.shared_bytes) / sizeof(std::max_align_t) + 1);
  host_block b;
  b.blocks = shape.blocks, b.threads = shape.threads, b.shared = reinterpret_cast<std::byte*>(shared.data());
  for (std::int64_t i = 0; i < shape.blocks; ++i) b.index = i, Kernel::run(b, *static_cast<const typename Kernel::arguments*>(arguments));
}

namespace detail {
template <class Kernel, class Arguments> const void* entry_with() {
#if defined(__CUDACC__)
  return reinterpret_cast<const void*>(&entry<Kernel, Arguments>);
#else
  return nullptr;
#endif
}
template <class Kernel, class Arguments> const void* entry_of(const Arguments&) { return entry_with<Kernel, Arguments>(); }
// Put together anew, so that nvcc does not call it by a name in the kernel.
template <class Kernel, template <int, int> class Arguments, int N, int M> const void* entry_of(const Arguments<N, M>&) { return entry_with<Kernel, Arguments<N, M>>(); }
/// What lies between members is nobody's, and may be an address that was there before.
template <class Arguments> constexpr auto padding_of() -> void (*)(void*) {
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__)
  return [](void* a) { __builtin_clear_padding(static_cast<Arguments*>(a)); };
#else
  return nullptr;
#endif
}
}  // namespace detail

/// The launch of a kernel; refers to `a`.
template <kernel_body Kernel> launch launch_of(const typename Kernel::arguments& a) {
  return {.entry = detail::entry_of<Kernel>(a), .on_host = &run_on_host<Kernel>, .shape = Kernel::shape(a), .arguments = &a, .argument_bytes = sizeof a, .name = Kernel::name,
          .clear_padding = detail::padding_of<typename Kernel::arguments>()};
}

}  // namespace tapeless::device
