#pragma once
#include <tapeless/cuda/queue.hpp>

#include <utility>

namespace tapeless::inline TAPELESS_ABI::device {

/// Memory on the card, released in the order of the queue's stream.
class card_memory {
 public:
  card_memory() = default;
  card_memory(queue& q, std::size_t bytes, std::string_view op = {}, std::source_location at = std::source_location::current()) : queue_(&q) {
    const auto& t = q.table();
    check(t, t.allocate(&memory_, bytes > 0 ? bytes : 1, q.stream()), {.call = "allocation on the card", .op = op, .stream = q.stream(), .bytes = bytes}, at);
    capacity_ = bytes;
  }
  card_memory(card_memory&& o) noexcept : queue_(o.queue_), memory_(std::exchange(o.memory_, nullptr)), capacity_(std::exchange(o.capacity_, 0)) {}
  card_memory& operator=(card_memory&& o) noexcept {
    std::swap(queue_, o.queue_), std::swap(memory_, o.memory_), std::swap(capacity_, o.capacity_);
    return *this;
  }
  ~card_memory() { release(); }

  void release() {
    if (memory_ != nullptr) queue_->table().release(std::exchange(memory_, nullptr), queue_->stream());
    capacity_ = 0;
  }
  std::byte* data() const { return static_cast<std::byte*>(memory_); }
  std::size_t capacity() const { return capacity_; }
  bool exists() const { return memory_ != nullptr; }

 private:
  queue* queue_ = nullptr;
  void* memory_ = nullptr;
  std::size_t capacity_ = 0;
};

/// Memory of the host that the card copies from and to while the host goes on. Who releases it has waited for the card.
class pinned_memory {
 public:
  pinned_memory() = default;
  pinned_memory(const calls& table, std::size_t bytes, std::source_location at = std::source_location::current()) : table_(&table) {
    check(table, table.allocate_pinned(&memory_, bytes > 0 ? bytes : 1), {.call = "allocation of pinned memory", .bytes = bytes}, at);
    capacity_ = bytes;
  }
  pinned_memory(pinned_memory&& o) noexcept : table_(o.table_), memory_(std::exchange(o.memory_, nullptr)), capacity_(std::exchange(o.capacity_, 0)) {}
  pinned_memory& operator=(pinned_memory&& o) noexcept {
    std::swap(table_, o.table_), std::swap(memory_, o.memory_), std::swap(capacity_, o.capacity_);
    return *this;
  }
  ~pinned_memory() {
    if (memory_ != nullptr) table_->release_pinned(memory_);
  }
  std::byte* data() const { return static_cast<std::byte*>(memory_); }
  std::size_t capacity() const { return capacity_; }

 private:
  const calls* table_ = nullptr;
  void* memory_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace tapeless::device
