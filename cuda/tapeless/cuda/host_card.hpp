#pragma once
#include <tapeless/cuda/calls.hpp>

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace tapeless::inline TAPELESS_ABI::device {

/// A card that is simulated in memory of the host, so that all of the backend runs in tests without one. It is as strict as a
/// card can be: streams run as late as they may, when somebody waits for them; memory of the card can be touched by kernels and
/// copies only, ends at a guarded page, begins as NaN bytes and is never used again.
class host_card {
 public:
  enum class step { kernel, copy, fill, wait, release, part };
  struct operation {
    step kind;
    std::function<void()> run;
  };
  struct graph;
  struct stream {
    std::deque<operation> waiting;
    std::int64_t issued = 0, done = 0;
    std::vector<operation>* capturing = nullptr;
    graph* into = nullptr;  ///< that which is being captured, perhaps in a part of it
    bool can_be_captured = true;
  };
  struct event {
    stream* of = nullptr;
    std::int64_t position = 0;
  };
  struct graph {
    std::vector<operation> operations;
    std::vector<int*> conditions;
  };
  /// Not among the memory of kernels, nor on the heap.
  int* new_condition() {
    static constexpr std::size_t pool = std::size_t{16} << 20;
    if (conditions_ == nullptr) conditions_ = static_cast<int*>(mmap(nullptr, pool, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    return conditions_++;
  }

  /// What has been carried out.
  struct counters {
    std::int64_t kernels = 0, copies_to_card = 0, copies_to_host = 0, copies_on_card = 0, graphs = 0, captures = 0, instantiations = 0, updates = 0;
    std::size_t bytes_to_card = 0, bytes_to_host = 0;
  } count;
  std::int64_t calls_made = 0;
  std::int64_t fail_at = -1;     ///< the call, counted from 0, that gives `failure`
  int failure = 999;
  std::int64_t fault_at = -1;    ///< the kernel, as counted by `count`, that goes wrong while it runs: whoever waits then gets `fault`
  int fault = 700;
  int told = 0;                  ///< by all calls since somebody has waited for it
  std::size_t memory_bytes = std::size_t{1} << 34;
  int cards = 1, driver = 13000;
  bool has_code = true;          ///< of kernels, for this card
  bool runs_at_once = false;     ///< streams run as early as they may

  static host_card& get() {
    static host_card card;
    return card;
  }
  std::recursive_mutex mutex;

  /// Objects that have been made and not yet given back.
  std::int64_t live() const { return live_memory_ + static_cast<std::int64_t>(pinned_.size() + streams.size() + events.size() + graphs.size() + executables.size()) + libraries; }
  std::size_t used_bytes() const { return used_; }
  std::set<stream*> streams;
  std::set<event*> events;
  std::set<graph*> graphs;
  std::map<void*, std::shared_ptr<graph>> executables;
  std::int64_t libraries = 0;
  std::uintptr_t last_executable = 0;  ///< handles are never used again

  void* allocate(std::size_t bytes) {
    if (used_ + bytes > memory_bytes) return nullptr;
    const std::size_t room = (bytes + alignment - 1) / alignment * alignment, pages = (room + page - 1) / page * page;
    void* const base = mmap(nullptr, pages + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return nullptr;
    mprotect(base, pages, PROT_READ | PROT_WRITE);
    std::memset(base, 0xff, pages);
    if (open_ == 0) mprotect(base, pages, PROT_NONE);
    auto* const memory = static_cast<std::byte*>(base) + (pages - room);
    memory_[memory] = {static_cast<std::byte*>(base), pages, bytes};
    used_ += bytes;
    ++live_memory_;
    return memory;
  }
  /// No longer to be asked for; kernels that wait may still use it.
  bool forget(void* p) {
    const auto found = memory_.find(static_cast<std::byte*>(p));
    if (found == memory_.end() || found->second.is_released) return false;
    found->second.is_released = true;
    used_ -= found->second.bytes;
    --live_memory_;
    return true;
  }
  void end(void* p) {
    auto& m = memory_.at(static_cast<std::byte*>(p));
    m.is_dead = true;
    madvise(m.base, m.pages, MADV_DONTNEED);
    mprotect(m.base, m.pages, PROT_NONE);
  }
  void* allocate_pinned(std::size_t bytes) {
    pinned_.emplace_back(bytes, std::make_unique<std::byte[]>(bytes));
    std::memset(pinned_.back().second.get(), 0xff, bytes);
    return pinned_.back().second.get();
  }
  bool release_pinned(void* p) { return std::erase_if(pinned_, [&](const auto& m) { return m.second.get() == p; }) == 1; }

  enum class place { card, pinned, other, nowhere };
  /// Where a range of memory lies; nowhere, if it runs over an end or has been released.
  place place_of(const void* p, std::size_t bytes) const {
    const auto at = reinterpret_cast<std::uintptr_t>(p);
    for (const auto& [first, m] : memory_) {
      const auto base = reinterpret_cast<std::uintptr_t>(m.base);
      if (at < base || at >= base + m.pages + page) continue;
      const auto begin = reinterpret_cast<std::uintptr_t>(first);
      return !m.is_released && at >= begin && at + bytes <= begin + m.bytes ? place::card : place::nowhere;
    }
    for (const auto& [size, m] : pinned_) {
      const auto begin = reinterpret_cast<std::uintptr_t>(m.get());
      if (at >= begin && at < begin + size) return at + bytes <= begin + size ? place::pinned : place::nowhere;
    }
    return p == nullptr ? place::nowhere : place::other;
  }
  /// Whether one of a kernel's arguments seems to point to memory of the host, or to what has been released.
  bool points_to_host(const void* arguments, std::size_t bytes) const {
    const auto number = [](const void* p) { return reinterpret_cast<std::uintptr_t>(p); };
    const auto end_of_heap = number(sbrk(0));
    for (std::size_t i = 0; i + sizeof(void*) <= bytes; i += sizeof(void*)) {
      const void* p;
      std::memcpy(&p, static_cast<const std::byte*>(arguments) + i, sizeof p);
      if (p == nullptr) continue;
      const auto at = number(p), here = number(&p);
      if (at - here + (1 << 20) < 2 << 20 || end_of_heap - at < 1 << 30) return true;  // on the stack or on the heap
      const auto where = place_of(p, 0);
      if (where == place::pinned || where == place::nowhere) return true;
    }
    return false;
  }

  stream& of(stream_handle s) { return s != nullptr ? *static_cast<stream*>(s) : default_stream_; }
  void issue(stream_handle to, operation o) {
    auto& s = of(to);
    if (s.capturing != nullptr) return s.capturing->push_back(std::move(o));
    s.waiting.push_back(std::move(o));
    ++s.issued;
    if (runs_at_once) run(s, s.issued);
  }
  /// Runs a stream up to a position.
  void run(stream& s, std::int64_t position) {
    const opened now(*this);
    while (s.done < position) {
      auto o = std::move(s.waiting.front());
      s.waiting.pop_front();
      ++s.done;
      o.run();
    }
  }
  void finish(stream& s) { run(s, s.issued); }
  void finish_all() {
    finish(default_stream_);
    for (auto* s : streams) finish(*s);
  }

 private:
  static constexpr std::size_t page = 4096, alignment = 256;
  struct block {
    std::byte* base = nullptr;
    std::size_t pages = 0, bytes = 0;
    bool is_released = false, is_dead = false;
  };
  /// While the card runs, its memory can be touched.
  struct opened {
    explicit opened(host_card& c) : card(c) {
      if (card.open_++ == 0) card.protect(PROT_READ | PROT_WRITE);
    }
    opened(const opened&) = delete;
    opened& operator=(const opened&) = delete;
    ~opened() {
      if (--card.open_ == 0) card.protect(PROT_NONE);
    }
    host_card& card;
  };
  void protect(int how) {
    for (auto& [first, m] : memory_)
      if (!m.is_dead) mprotect(m.base, m.pages, how);
  }

  std::map<std::byte*, block> memory_;
  std::vector<std::pair<std::size_t, std::unique_ptr<std::byte[]>>> pinned_;
  std::int64_t live_memory_ = 0;
  std::size_t used_ = 0;
  int open_ = 0;
  int* conditions_ = nullptr;
  stream default_stream_;
};

}  // namespace tapeless::device
