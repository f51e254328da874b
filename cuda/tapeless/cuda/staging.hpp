#pragma once
#include <tapeless/cuda/memory.hpp>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

namespace tapeless::inline TAPELESS_ABI::device {

/// Brings what is fed from the host to the card, without making the host wait: two blocks of pinned memory and of the card's
/// take turns, so that one step's feeds are copied while the step before it runs. Few bytes are copied as a part of the run,
/// which is one launch; more by a stream of their own.
class feed_stage {
 public:
  feed_stage() = default;
  feed_stage(const feed_stage&) = delete;
  feed_stage& operator=(const feed_stage&) = delete;
  ~feed_stage() {
    if (copies_) copies_->table().synchronize(copies_->stream());
  }
  struct part {
    std::size_t leaf = 0;
    const void* data = nullptr;
    std::size_t bytes = 0;
  };
  /// What the run begins with.
  struct copy {
    std::byte* to = nullptr;
    const std::byte* from = nullptr;
    std::size_t bytes = 0;
  };

  /// Takes the data and says where each part will be, in order, before the run's kernels are; gives what the run is to copy.
  template <class F> copy begin(queue& q, std::span<const part> parts, F place) {
    std::size_t total = 0;
    for (const auto& p : parts) total += aligned(p.bytes);
    if (total > most_doubled) turn_ = 0;
    slot& s = slots_[turn_];
    settle(q, s);
    s.is_settled = false;
    if (total > s.card.capacity()) grow(q, s, total);
    std::size_t at = 0;
    for (const auto& p : parts) {
      if (p.bytes > 0) std::memcpy(s.pinned.data() + at, p.data, p.bytes);
      place(p.leaf, s.card.data() + at);
      at += aligned(p.bytes);
    }
    s.by_own_stream = total > most_in_run;
    if (!s.by_own_stream) return {s.card.data(), s.pinned.data(), total};
    if (!copies_) copies_ = std::make_unique<queue>(q.table());
    copies_->wait_for(s.used->get());  // by the run before last
    copies_->copy(s.card.data(), s.pinned.data(), total);
    const auto& t = q.table();
    check(t, t.record(s.copied->get(), copies_->stream()), {.call = "recording an event", .stream = copies_->stream()});
    q.wait_for(s.copied->get());
    return {};
  }
  /// The run has been launched.
  void end(queue& q) {
    slot& s = slots_[turn_];
    s.is_settled = s.used->record(q);
    turn_ = s.card.capacity() > most_doubled ? 0 : 1 - turn_;
  }
  /// Waits until nothing of it is in use.
  void finish(queue& q) {
    for (auto& s : slots_) s.is_settled = false, settle(q, s);
  }

 private:
  static constexpr std::size_t most_in_run = 256 << 10, most_doubled = std::size_t{256} << 20;
  static constexpr std::size_t aligned(std::size_t n) { return (n + 255) / 256 * 256; }

  struct slot {
    pinned_memory pinned;
    card_memory card;
    std::optional<event> used, copied;
    bool by_own_stream = false;
    bool is_settled = true;  ///< its events tell when its memory is free again
  };
  /// Waits until the pinned memory may be written again.
  void settle(queue& q, slot& s) {
    if (!s.used) return;
    if (!s.is_settled) {
      if (copies_) copies_->synchronize();
      q.synchronize();
    } else {
      (s.by_own_stream ? s.copied : s.used)->wait();
    }
  }
  void grow(queue& q, slot& s, std::size_t bytes) {
    const auto& t = q.table();
    pinned_memory pinned(t, bytes);
    if (!s.copied) s.copied.emplace(t);
    if (!s.used) s.used.emplace(t);
    s.card.release();
    s.card = card_memory(q, bytes, "feeds");
    s.pinned = std::move(pinned);
    check(t, t.record(s.used->get(), q.stream()), {.call = "recording an event", .stream = q.stream()});
  }

  std::unique_ptr<queue> copies_;
  std::array<slot, 2> slots_;
  std::size_t turn_ = 0;
};

}  // namespace tapeless::device
