#pragma once
#include <tapeless/cuda/feeds.hpp>

#include <cstdint>
#include <string>

namespace tapeless::inline TAPELESS_ABI {

/// The structs of the DLPack standard, for those who do not include its header.
namespace dlpack {
enum device_type : std::int32_t { on_cpu = 1, on_cuda = 2, on_cuda_host = 3, on_cuda_managed = 13 };
enum type_code : std::uint8_t { of_int = 0, of_uint = 1, of_float = 2, of_bfloat = 4, of_bool = 6 };
struct device {
  std::int32_t device_type = on_cuda, device_id = 0;
};
struct data_type {
  std::uint8_t code = of_float, bits = 32;
  std::uint16_t lanes = 1;
};
struct tensor {
  void* data = nullptr;
  dlpack::device device{};
  std::int32_t ndim = 0;
  data_type dtype{};
  std::int64_t* shape = nullptr;
  std::int64_t* strides = nullptr;  ///< in elements; null: row-major
  std::uint64_t byte_offset = 0;
};
struct managed_tensor {
  tensor dl_tensor{};
  void* manager_ctx = nullptr;
  void (*deleter)(managed_tensor*) = nullptr;
};
}  // namespace dlpack

namespace detail {
template <class T> constexpr dlpack::data_type dlpack_type() {
  const auto bits = static_cast<std::uint8_t>(8 * sizeof(T));
  return {std::same_as<T, bool> ? dlpack::of_bool : std::same_as<T, bfloat16> ? dlpack::of_bfloat : std::floating_point<T> || std::same_as<T, float16> ? dlpack::of_float : dlpack::of_int, bits, 1};
}
}  // namespace detail

/// What a DLPack tensor of a card says, for feeding without a copy: `x = tl::from_dlpack<float, 2>(*managed)`. Takes the standard's
/// DLManagedTensor, its versioned form, and dlpack::managed_tensor.
///   memory    stays the tensor's, which outlives the run
///   errors    error, where it is not of elements T with Rank axes, row-major, in memory of a card
template <element T, std::size_t Rank, class Managed> device_array<const T, Rank> from_dlpack(const Managed& managed) {
  const auto& t = managed.dl_tensor;
  const auto refuse = [](const std::string& why) { raise(error("from_dlpack: " + why)); };
  constexpr auto type = detail::dlpack_type<T>();
  const auto place = static_cast<int>(t.device.device_type);
  if (place != dlpack::on_cuda && place != dlpack::on_cuda_managed) refuse("the tensor is in memory of device type " + std::to_string(place) + ", not of a card (2)");
  if (static_cast<std::size_t>(t.ndim) != Rank) refuse("expected " + std::to_string(Rank) + " axes, found " + std::to_string(t.ndim));
  if (static_cast<int>(t.dtype.code) != type.code || t.dtype.bits != type.bits || t.dtype.lanes != 1)
    refuse("expected elements of type code " + std::to_string(type.code) + " with " + std::to_string(type.bits) + " bits, found " + std::to_string(static_cast<int>(t.dtype.code)) +
           " with " + std::to_string(static_cast<int>(t.dtype.bits)) + " and " + std::to_string(t.dtype.lanes) + " lanes");
  device_array<const T, Rank> a;
  std::int64_t dense = 1;
  for (std::size_t axis = Rank; axis-- > 0;) {
    a.extents[axis] = t.shape[axis];
    if (t.strides != nullptr && t.shape[axis] != 1 && t.strides[axis] != dense)
      refuse("axis " + std::to_string(axis) + " has stride " + std::to_string(t.strides[axis]) + ": only row-major tensors are fed without a copy");
    dense *= t.shape[axis];
  }
  a.elements = reinterpret_cast<const T*>(static_cast<const std::byte*>(t.data) + t.byte_offset);
  return a;
}

}  // namespace tapeless
