#pragma once
#include <tapeless/run/feed.hpp>

#include <array>
#include <concepts>
#include <vector>

namespace tapeless::inline TAPELESS_ABI {

/// A row-major array that owns its elements: what functions return when nobody keeps the function.
template <class T, std::size_t Rank> class array {
 public:
  array() = default;
  explicit array(const array_view<const T, Rank>& v) : extents_(v.shape()), elements_(v.begin(), v.end()) {}

  static constexpr std::size_t rank = Rank;
  T* data() { return elements_.data(); }
  const T* data() const { return elements_.data(); }
  const std::array<std::int64_t, Rank>& shape() const { return extents_; }
  std::size_t dimension() const { return Rank; }
  std::int64_t size() const { return static_cast<std::int64_t>(elements_.size()); }
  auto begin() const { return elements_.begin(); }
  auto end() const { return elements_.end(); }
  template <std::integral... I> requires(sizeof...(I) == Rank) const T& operator()(I... i) const { return array_view<const T, Rank>{data(), extents_}(i...); }
  template <std::integral I> requires(Rank == 1) const T& operator[](I i) const { return elements_[static_cast<std::size_t>(i)]; }

 private:
  std::array<std::int64_t, Rank> extents_{};
  std::vector<T> elements_;
};

namespace detail {

template <class T> constexpr decltype(auto) owned(const T& x) {
  if constexpr (requires { x.to_host(); }) return x.to_host();
  else return (x);
}
template <class T, std::size_t Rank> array<T, Rank> owned(const array_view<const T, Rank>& v) { return array<T, Rank>(v); }

}  // namespace detail

}  // namespace tapeless
