#pragma once
#include <tapeless/backend/elements.hpp>
#include <tapeless/ops/concat.hpp>
#include <tapeless/thrust/places.hpp>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

template <class T> struct copy_item {
  tensor_view<T> to;
  tensor_view<const T> from;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(from, i);
    at(to, p) = at(from, p);
  }
};
template <class T> struct fill_item {
  tensor_view<T> to;
  T value;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const { at(to, place::of(to, i)) = value; }
};
/// What has been computed where it belongs needs no copy.
template <class System, class T> void copy_to(const System& on, const tensor_view<T>& to, const tensor_view<const T>& from) {
  if (from.data != to.data) on.each(from.size(), from.size(), copy_item<T>{to, from});
}
template <class System, class T> void fill(const System& on, const tensor_view<T>& to, T value) { on.each(to.size(), to.size(), fill_item<T>{to, value}); }

template <> struct op_items<concat_op> {
  template <class System, class T, class... In> static void run(const System& on, const attributes& a, const tensor_view<T>& out, const tensor_view<In>&... in) {
    std::int64_t start = 0;
    const auto put = [&](const auto& part) {
      const auto extent = part.extents[index(a.a)];
      copy_to(on, window(out, static_cast<int>(a.a), start, 1, extent), part);
      start += extent;
    };
    (put(in), ...);
  }
};
template <> struct op_items<pad_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& out, const tensor_view<const T>& x) {
    const int axis = static_cast<int>(a.a);
    const auto extent = x.extents[index(axis)], behind = a.b + extent;
    const auto inside = window(out, axis, a.b, a.c, extent);
    const auto padding = static_cast<T>(a.number());
    if (x.data != inside.data) {
      fill(on, out, padding);
      return copy_to(on, inside, x);
    }
    fill(on, window(out, axis, 0, 1, a.b), padding);
    fill(on, window(out, axis, behind, 1, out.extents[index(axis)] - behind), padding);
  }
};

}  // namespace tapeless::thrust_detail
