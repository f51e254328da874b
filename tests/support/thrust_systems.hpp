#pragma once
#include <tapeless/thrust/thrust.hpp>

namespace checks {

/// The processor as a card is used: an item for each element.
struct like_a_card : tapeless::systems::cpp {
  static constexpr std::int64_t grain = 1;
};

}  // namespace checks
