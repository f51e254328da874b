#pragma once
#include <tapeless/core/dtype.hpp>
#include <tapeless/core/error.hpp>
#include <tapeless/core/shape.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>  // with the concepts of ranges; their views in <ranges> take 0.1 s
#include <type_traits>

namespace tapeless::inline TAPELESS_ABI {

/// A row-major array that somebody else owns: pointer and extents.
template <class T, std::size_t Rank> struct array_view {
  T* elements = nullptr;
  std::array<std::int64_t, Rank> extents{};

  static constexpr std::size_t rank = Rank;
  constexpr T* data() const { return elements; }
  constexpr const std::array<std::int64_t, Rank>& shape() const { return extents; }
  constexpr std::size_t dimension() const { return Rank; }
  constexpr std::int64_t extent(std::size_t axis) const { return extents[axis]; }
  constexpr std::int64_t size() const {
    std::int64_t n = 1;
    for (auto e : extents) n *= e;
    return n;
  }
  constexpr T* begin() const { return elements; }
  constexpr T* end() const { return elements + size(); }
  template <std::integral... I> requires(sizeof...(I) == Rank) constexpr T& operator()(I... index) const {
    std::int64_t at = 0;
    std::size_t axis = 0;
    ((at = at * extents[axis++] + static_cast<std::int64_t>(index)), ...);
    return elements[at];
  }
  template <std::integral I> requires(Rank == 1) constexpr T& operator[](I i) const { return elements[i]; }
};

/// A raw pointer with its extents, for feeding: `x = tl::view(pointer, 64, 1000)`.
template <class T, std::integral... Extents> constexpr array_view<T, sizeof...(Extents)> view(T* data, Extents... extents) {
  return {data, {static_cast<std::int64_t>(extents)...}};
}

namespace detail {

template <class A> struct c_array {
  using element = std::remove_cv_t<std::remove_all_extents_t<A>>;
  static constexpr std::size_t rank = std::rank_v<A>;
  template <std::size_t... I> static constexpr std::array<std::int64_t, rank> extents(std::index_sequence<I...>) { return {static_cast<std::int64_t>(std::extent_v<A, I>)...}; }
};

/// Arrays with several axes that tell their own shape: xtensor containers and expressions, array_view.
template <class A>
concept shaped = requires(const A& a) {
  { a.dimension() } -> std::convertible_to<std::size_t>;
  a.shape();
  a.size();
};
template <class A>
concept strided = shaped<A> && requires(const A& a) { a.data(); a.strides(); };
template <class A>
concept flat = !shaped<A> && !std::is_array_v<A> && std::ranges::contiguous_range<const A> && std::ranges::sized_range<const A>;

/// What is fed, seen the same way whatever its type: the element type, the extents, and how to get at the elements.
/// `fixed_rank` is -1 where only the run knows it.
template <class A> struct fed_array;

template <class A> requires element<A> struct fed_array<A> {
  using element_type = A;
  static constexpr int fixed_rank = 0;
  static std::size_t rank(const A&) { return 0; }
  static constexpr bool knows_shape = true;
  static std::int64_t extent(const A&, std::size_t) { return 1; }
  static std::int64_t size(const A&) { return 1; }
  static const A* contiguous(const A& a) { return &a; }
};
template <class A> requires std::is_array_v<A> struct fed_array<A> {
  using element_type = typename c_array<A>::element;
  static constexpr int fixed_rank = static_cast<int>(std::rank_v<A>);
  static std::size_t rank(const A&) { return std::rank_v<A>; }
  static constexpr bool knows_shape = true;
  static std::int64_t extent(const A&, std::size_t i) { return c_array<A>::extents(std::make_index_sequence<std::rank_v<A>>{})[i]; }
  static std::int64_t size(const A&) { return static_cast<std::int64_t>(sizeof(A) / sizeof(element_type)); }
  static const element_type* contiguous(const A& a) { return reinterpret_cast<const element_type*>(&a); }
};
template <flat A> struct fed_array<A> {
  using element_type = std::remove_cv_t<std::ranges::range_value_t<A>>;
  static constexpr int fixed_rank = -1;
  static std::size_t rank(const A&) { return 1; }
  static constexpr bool knows_shape = false;  // a flat range holds a tensor of any rank
  static std::int64_t extent(const A& a, std::size_t) { return size(a); }
  static std::int64_t size(const A& a) { return static_cast<std::int64_t>(std::ranges::size(a)); }
  static const element_type* contiguous(const A& a) { return std::ranges::data(a); }
};
template <shaped A> struct fed_array<A> {
  using element_type = std::remove_cvref_t<decltype(*std::declval<const A&>().begin())>;
  static constexpr bool knows_shape = true;
  static constexpr int fixed_rank = [] {
    if constexpr (requires { std::tuple_size<std::remove_cvref_t<decltype(std::declval<const A&>().shape())>>::value; })
      return static_cast<int>(std::tuple_size_v<std::remove_cvref_t<decltype(std::declval<const A&>().shape())>>);
    else return -1;
  }();
  static std::size_t rank(const A& a) { return a.dimension(); }
  static std::int64_t extent(const A& a, std::size_t i) { return static_cast<std::int64_t>(a.shape()[i]); }
  static std::int64_t size(const A& a) { return static_cast<std::int64_t>(a.size()); }
  static const element_type* contiguous(const A& a) {
    if constexpr (requires { a.data() + 0; } && !requires { a.strides(); }) {
      return a.data();
    } else if constexpr (strided<A> && requires { a.data_offset(); }) {
      std::int64_t expected = 1;
      for (std::size_t i = a.dimension(); i-- > 0;) {
        if (extent(a, i) != 1 && static_cast<std::int64_t>(a.strides()[i]) != expected) return nullptr;
        expected *= extent(a, i);
      }
      return a.data() + a.data_offset();
    } else {
      return nullptr;
    }
  }
};

/// The shape of arrays of fixed extents; of rank 0 for all else, and for what holds a tensor of any rank.
template <class A> constexpr shape fixed_shape() {
  shape s;
  if constexpr (std::is_array_v<A>)
    for (auto e : c_array<A>::extents(std::make_index_sequence<std::rank_v<A>>{})) s.push(dim(e));
  return s;
}

template <class A>
concept feedable = requires { requires element<typename fed_array<std::remove_cv_t<A>>::element_type>; };

}  // namespace detail

}  // namespace tapeless
