// What is told of a thrust::device_vector that is fed to a session on a card.
#include <tapeless/cuda/feeds.hpp>

#include <doctest/doctest.h>
#include <thrust/device_vector.h>

#include <type_traits>

TEST_CASE("a device_vector is fed where it stands") {
  using fed = tapeless::detail::fed_array<thrust::device_vector<double>>;
  static_assert(fed::on_device && !fed::knows_shape && std::is_same_v<fed::element_type, double>);
  static_assert(tapeless::detail::feedable<const thrust::device_vector<double>>);
  const thrust::device_vector<double> v(7, 2.5);
  CHECK(fed::size(v) == 7);
  CHECK(fed::contiguous(v) == thrust::raw_pointer_cast(v.data()));
}
