#pragma once
#include <tapeless/backend/elements.hpp>
#include <tapeless/ops/concat.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The loops of an assembly op: its operands are written into parts of the result.
template <class Op> struct assembly_loops;

namespace assembly_detail {
/// Copies the part, unless it has been computed where it belongs.
template <class T, class In> constexpr void put(tensor_view<T> place, const tensor_view<In>& part) {
  if (part.data != place.data) copy_elements<T>(place, part);
}
}  // namespace assembly_detail

template <> struct assembly_loops<concat_op> {
  template <class T, class... In> static constexpr void run(const attributes& a, tensor_view<T> out, const tensor_view<In>&... in) {
    const int axis = static_cast<int>(a.a);
    std::int64_t start = 0;
    const auto place = [&](const auto& part) {
      const auto extent = part.extents[static_cast<std::size_t>(axis)];
      assembly_detail::put<T>(window(out, axis, start, 1, extent), part);
      start += extent;
    };
    (place(in), ...);
  }
};

template <> struct assembly_loops<pad_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> out, const tensor_view<const T>& x) {
    const int axis = static_cast<int>(a.a);
    const auto extent = x.extents[static_cast<std::size_t>(axis)], behind = a.b + extent;
    const auto inside = window(out, axis, a.b, a.c, extent);
    const auto padding = static_cast<T>(a.number());
    if (x.data == inside.data) {
      fill_elements<T>(window(out, axis, 0, 1, a.b), padding);
      fill_elements<T>(window(out, axis, behind, 1, out.extents[static_cast<std::size_t>(axis)] - behind), padding);
    } else {
      fill_elements<T>(out, padding);
      copy_elements<T>(inside, x);
    }
  }
};

}  // namespace tapeless
