#pragma once
#include <tapeless/device/region.hpp>
#include <tapeless/thrust/loops.hpp>

#include <algorithm>
#include <cstring>

namespace tapeless::inline TAPELESS_ABI {

template <class System> struct thrust;

namespace thrust_detail {

/// What a loop asks of the processor's memory.
struct host_bytes {
  static void copy(void* to, const void* from, std::int64_t bytes) { std::memmove(to, from, static_cast<std::size_t>(bytes)); }
  static void clear(void* to, std::int64_t bytes) { std::memset(to, 0, static_cast<std::size_t>(bytes)); }
  template <class T> static void put(void* to, T value) { *static_cast<T*>(to) = value; }
  template <class T> static T read(const void* from) { return *static_cast<const T*>(from); }
};

/// A loop or a choice of a program of the processor.
template <class System, class Program, int K> struct region_kernel {
  template <class Body> using runner = typename thrust<System>::template executor<Body, false>;
  using walk = device::region_walk<Program, K, runner>;

  /// What runs its bodies, in the memory that kernels share; what has dynamic dims has memory of its own.
  struct bodies {
    typename walk::bodies each;

    void bind(const binding& b, std::byte* memory) {
      const auto one = [&](auto& x) {
        constexpr auto own = std::remove_reference_t<decltype(x)>::arena_bytes;
        if constexpr (own >= 0) x.use_memory(memory), memory += align_up(own);
        x.bind(b);
      };
      std::apply([&](auto&... e) { (one(e), ...); }, each);
    }
  };
  static constexpr std::int64_t workspace(const std::int64_t*) {
    return []<class... B>(std::type_identity<std::tuple<B...>>) { return (align_up(std::max(std::int64_t{0}, B::arena_bytes)) + ... + 0); }(std::type_identity<typename walk::bodies>{});
  }

  static void run(const System&, const kernel_call& call, bodies& b) {
    std::array<void*, walk::sizes.size()> tensors;
    for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i] = call.storages[call.touched[i]];
    host_bytes memory;
    walk::run(b.each, tensors.data(), call.numbers, memory);
  }
};

}  // namespace thrust_detail

}  // namespace tapeless
