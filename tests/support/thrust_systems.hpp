#pragma once
#include <tapeless/thrust/thrust.hpp>

namespace checks {

/// The processor as a card is used: an item for each element.
struct like_a_card : tapeless::systems::cpp {
  static constexpr std::int64_t grain = 1;
};

/// A fault, for tests of tests.
struct loses_the_last_item : like_a_card {
  template <class F> static void each(std::int64_t items, std::int64_t elements, const F& f) { tapeless::systems::cpp::each(items - 1, elements, f); }
};

}  // namespace checks
