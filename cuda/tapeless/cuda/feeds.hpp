#pragma once
#include <tapeless/run/feed.hpp>

#include <array>
#include <memory>
#include <utility>

namespace tapeless::inline TAPELESS_ABI {

/// A row-major array in memory of a device that somebody else owns.
template <class T, std::size_t Rank> struct device_array {
  T* elements = nullptr;
  std::array<std::int64_t, Rank> extents{};
};
/// A pointer to memory of the device with its extents, for feeding without a copy: `x = tl::device_pointer(p, 64, 1000)`. What
/// writes it comes before the run in the session's stream, or has been waited for; the run only reads it.
template <class T, std::integral... Extents> constexpr device_array<T, sizeof...(Extents)> device_pointer(T* data, Extents... extents) {
  return {data, {static_cast<std::int64_t>(extents)...}};
}

namespace detail {

template <class T, std::size_t Rank> struct fed_array<device_array<T, Rank>> {
  using element_type = std::remove_cv_t<T>;
  static constexpr bool on_device = true, knows_shape = true;
  static constexpr int fixed_rank = static_cast<int>(Rank);
  static std::size_t rank(const device_array<T, Rank>&) { return Rank; }
  static std::int64_t extent(const device_array<T, Rank>& a, std::size_t i) { return a.extents[i]; }
  static std::int64_t size(const device_array<T, Rank>& a) {
    std::int64_t n = 1;
    for (auto e : a.extents) n *= e;
    return n;
  }
  static const T* contiguous(const device_array<T, Rank>& a) { return a.elements; }
};

/// thrust::device_vector and what is like it: its pointers are no pointers of the host's.
template <class A>
concept device_range = requires(const A& a) {
  { a.size() } -> std::convertible_to<std::size_t>;
  { a.data().get() };
  requires std::is_pointer_v<decltype(a.data().get())>;
};
template <device_range A> struct fed_array<A> {
  using element_type = std::remove_cv_t<std::remove_pointer_t<decltype(std::declval<const A&>().data().get())>>;
  static constexpr bool on_device = true, knows_shape = false;  // a flat range holds a tensor of any rank
  static constexpr int fixed_rank = -1;
  static std::size_t rank(const A&) { return 1; }
  static std::int64_t extent(const A& a, std::size_t) { return size(a); }
  static std::int64_t size(const A& a) { return static_cast<std::int64_t>(a.size()); }
  static const element_type* contiguous(const A& a) { return a.data().get(); }
};

}  // namespace detail

}  // namespace tapeless
