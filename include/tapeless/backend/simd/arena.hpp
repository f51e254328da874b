#pragma once
#include <tapeless/plan/memory.hpp>

#include <cstddef>
#include <memory>
#include <new>

namespace tapeless::inline TAPELESS_ABI::simd_detail {

/// A small arena stands in the executor itself, so that a function of a few numbers touches no heap ...
template <std::int64_t Bytes> struct embedded_arena {
  alignas(arena_alignment) std::byte bytes[static_cast<std::size_t>(Bytes > 0 ? Bytes : 1)];
  std::byte* reserve(std::int64_t) { return bytes; }
};
/// ... and others on the heap, growing with what is asked of them. They start with a page: behind its start stand the data of
/// large arrays from malloc, and a load from just behind the place in a page that was stored to last waits for nothing,
/// while one from just before it takes half as long again.
class heap_arena {
 public:
  std::byte* reserve(std::int64_t bytes) {
    if (bytes > capacity_) {
      bytes_.reset(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(bytes), page)));
      capacity_ = bytes;
    }
    return bytes_.get();
  }

 private:
  static constexpr std::align_val_t page{4096};
  struct release {
    void operator()(std::byte* p) const { ::operator delete(p, page); }
  };
  std::unique_ptr<std::byte, release> bytes_;
  std::int64_t capacity_ = 0;
};

/// Memory that is somebody else's.
struct borrowed_arena {
  std::byte* bytes = nullptr;
  std::byte* reserve(std::int64_t) { return bytes; }
};

}  // namespace tapeless::simd_detail
