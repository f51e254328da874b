#pragma once
#include <tapeless/run/functional.hpp>

#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>

namespace tapeless::inline TAPELESS_ABI {

// Feeding needs no header: xtensor containers and expressions are taken as they are, without a copy where they are
// contiguous and row-major. This header is for the way back.

/// A fetched view as an xtensor adaptor over the same memory: valid as long as the view.
template <class T, std::size_t Rank> auto as_xtensor(const array_view<T, Rank>& v) {
  std::array<std::size_t, Rank> shape{};
  for (std::size_t i = 0; i < Rank; ++i) shape[i] = static_cast<std::size_t>(v.extents[i]);
  return xt::adapt(v.data(), static_cast<std::size_t>(v.size()), xt::no_ownership(), shape);
}

/// A fetched view copied to an xtensor container.
template <class T, std::size_t Rank> xt::xtensor<std::remove_const_t<T>, Rank> to_xtensor(const array_view<T, Rank>& v) { return as_xtensor(v); }
template <class T, std::size_t Rank> xt::xtensor<T, Rank> to_xtensor(const array<T, Rank>& a) { return to_xtensor(array_view<const T, Rank>{a.data(), a.shape()}); }

}  // namespace tapeless
