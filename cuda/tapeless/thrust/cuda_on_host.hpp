#pragma once
#include <tapeless/cuda/host_calls.hpp>
#include <tapeless/thrust/card.hpp>

namespace tapeless::inline TAPELESS_ABI::systems {

/// A card that the host simulates: see device::host_card. For tests without a card.
struct cuda_on_host {
  using calls = device::host_calls;

  struct items {
    static constexpr std::int64_t grain = 1;
    device::queue* queue;

    template <class F> void each(std::int64_t count, std::int64_t elements, const F& f) const {
      struct all {
        std::int64_t count, elements;
        F f;
      } what{count, elements, f};
      static_assert(std::is_trivially_copyable_v<F>, "items go to a card as bytes");
      const auto run = [](const device::grid&, const void* a) { cpp::each(static_cast<const all*>(a)->count, static_cast<const all*>(a)->elements, static_cast<const all*>(a)->f); };
      if (count > 0) queue->launch({.on_host = run, .shape = {1, 1, 0}, .arguments = &what, .argument_bytes = sizeof what, .name = "items of Thrust"});
    }
  };
};

}  // namespace tapeless::systems
