#pragma once
#include <tapeless/backend/elements.hpp>
#include <tapeless/ops/concat.hpp>

namespace tapeless {

/// The loops of an assembly op: its operands are written into parts of the result.
template <class Op> struct assembly_loops;

template <> struct assembly_loops<concat_op> {
  template <class T, class... In> static constexpr void run(const attributes& a, tensor_view<T> out, const tensor_view<In>&... in) {
    const int axis = static_cast<int>(a.a);
    std::int64_t start = 0;
    const auto place = [&](const auto& part) {
      const auto extent = part.extents[static_cast<std::size_t>(axis)];
      copy_elements<T>(window(out, axis, start, 1, extent), part);
      start += extent;
    };
    (place(in), ...);
  }
};

template <> struct assembly_loops<pad_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> out, const tensor_view<const T>& x) {
    const int axis = static_cast<int>(a.a);
    fill_elements<T>(out, static_cast<T>(a.number()));
    copy_elements<T>(window(out, axis, a.b, a.c, x.extents[static_cast<std::size_t>(axis)]), x);
  }
};

}  // namespace tapeless
