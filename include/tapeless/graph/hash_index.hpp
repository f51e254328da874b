#pragma once
#include <tapeless/core/sequence.hpp>

#include <cstdint>
#include <utility>

namespace tapeless::inline TAPELESS_ABI {

/// An open-addressing table from hashes to small numbers; the caller compares what they stand for.
class hash_index {
 public:
  template <class Same> constexpr int find(std::uint64_t hash, Same same) const {
    if (slots_.empty()) return -1;
    const slot* const slots = slots_.data();
    const auto mask = slots_.size() - 1;
    for (auto i = hash & mask;; i = (i + 1) & mask) {
      if (slots[i].value < 0) return -1;
      if (slots[i].hash == hash && same(slots[i].value)) return slots[i].value;
    }
  }
  constexpr void insert(std::uint64_t hash, int value) {
    if (2 * (++size_) > slots_.size()) grow();
    place({hash, value});
  }

 private:
  struct slot {
    std::uint64_t hash = 0;
    int value = -1;
  };
  constexpr void place(const slot& s) {
    slot* const slots = slots_.data();
    const auto mask = slots_.size() - 1;
    auto i = s.hash & mask;
    while (slots[i].value >= 0) i = (i + 1) & mask;
    slots[i] = s;
  }
  constexpr void grow() {
    const auto old = std::move(slots_);
    slots_ = sequence<slot>(old.empty() ? 32 : old.size() * 2);
    for (const auto& s : old)
      if (s.value >= 0) place(s);
  }
  sequence<slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace tapeless
