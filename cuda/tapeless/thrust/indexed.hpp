#pragma once
#include <tapeless/core/philox.hpp>
#include <tapeless/ops/arg_max.hpp>
#include <tapeless/ops/gather.hpp>
#include <tapeless/ops/one_hot.hpp>
#include <tapeless/ops/prod.hpp>
#include <tapeless/ops/random.hpp>
#include <tapeless/thrust/places.hpp>

#include <limits>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

template <class T> TAPELESS_HOST_DEVICE constexpr T no_row() {
  if constexpr (std::numeric_limits<T>::has_quiet_NaN) return std::numeric_limits<T>::quiet_NaN();
  else return std::numeric_limits<T>::lowest();
}

template <class T, class I> struct gather_item {
  tensor_view<T> out;
  tensor_view<const T> x;
  tensor_view<const I> indices;
  bool zero;  ///< what a row holds that an index outside asks for

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(out, i);
    const auto row = static_cast<std::int64_t>(at(indices, p));  // its axes are the leading ones
    T value = zero ? T{} : no_row<T>();
    if (row >= 0 && row < x.extents[0]) {
      std::int64_t offset = row * x.strides[0];
      for (int n = 1; n < x.rank; ++n) offset += p.axis[indices.rank + n - 1] * x.strides[index(n)];
      value = x.data[offset];
    }
    at(out, p) = value;
  }
};
template <> struct op_items<gather_op> {
  template <class System, class T, class I> static void run(System, const attributes& a, const tensor_view<T>& out, const tensor_view<const T>& x, const tensor_view<const I>& indices) {
    System::each(out.size(), out.size(), gather_item<T, I>{out, x, indices, a.a == 1});
  }
};

/// An element of the result adds what belongs to its row, in the order of the indices.
template <class T, class I> struct scatter_add_item {
  tensor_view<T> out;
  tensor_view<const T> x;
  tensor_view<const I> indices;
  std::int64_t count;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(out, i);
    std::int64_t offset = 0;
    for (int n = 1; n < out.rank; ++n) offset += p.axis[n] * x.strides[index(indices.rank + n - 1)];
    T sum{};
    for (std::int64_t k = 0; k < count; ++k) {
      const auto lead = place::of(indices, k);
      if (static_cast<std::int64_t>(at(indices, lead)) != p.axis[0]) continue;
      std::int64_t first = offset;
      for (int n = 0; n < indices.rank; ++n) first += lead.axis[n] * x.strides[index(n)];
      if constexpr (math::number<T>) sum = math::add(sum, x.data[first]);
    }
    at(out, p) = sum;
  }
};
template <> struct op_items<scatter_add_op> {
  template <class System, class T, class I> static void run(System, const attributes&, const tensor_view<T>& out, const tensor_view<const T>& x, const tensor_view<const I>& indices) {
    System::each(out.size(), out.size() * indices.size(), scatter_add_item<T, I>{out, x, indices, indices.size()});
  }
};

template <class T> struct others_item {
  tensor_view<T> out, lines;
  tensor_view<const T> x;
  std::int64_t axis;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(lines, i);
    T* const to = &at(out, p);
    const T* const from = &at(x, p);
    const std::int64_t n = x.extents[index(axis)], step = x.strides[index(axis)], to_step = out.strides[index(axis)];
    T left(1), right(1);
    for (std::int64_t k = 0; k < n; ++k) to[k * to_step] = left, left = left * from[k * step];
    for (std::int64_t k = n; k-- > 0;) to[k * to_step] = to[k * to_step] * right, right = right * from[k * step];
  }
};
template <> struct op_items<products_of_others_op> {
  template <class System, class T> static void run(System, const attributes& a, const tensor_view<T>& out, const tensor_view<const T>& x) {
    if (out.size() == 0) return;
    auto lines = out;
    lines.extents[index(a.a)] = 1;
    System::each(lines.size(), out.size(), others_item<T>{out, lines, x, a.a});
  }
};

/// The place along an axis of the first best element.
template <class Op, class Out, class T> struct line_item {
  tensor_view<Out> out;
  tensor_view<const T> x;
  std::int64_t axis;
  bool keeps;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(out, i);
    std::int64_t offset = 0;
    for (int n = 0; n < x.rank; ++n)
      if (n != axis) offset += p.axis[n > axis && !keeps ? n - 1 : n] * x.strides[index(n)];
    const T* const line = x.data + offset;
    const std::int64_t extent = x.extents[index(axis)], step = x.strides[index(axis)];
    std::int64_t best = 0;
    for (std::int64_t k = 1; k < extent; ++k)
      if (Op::better(line[k * step], line[best * step])) best = k;
    at(out, p) = static_cast<Out>(best);
  }
};
template <class Op> struct place_items {
  template <class System, class Out, class T> static void run(System, const attributes& a, const tensor_view<Out>& out, const tensor_view<const T>& x) {
    System::each(out.size(), x.size(), line_item<Op, Out, T>{out, x, a.a, a.b != 0});
  }
};
template <> struct op_items<arg_max_op> : place_items<arg_max_op> {};
template <> struct op_items<arg_min_op> : place_items<arg_min_op> {};

struct random_step_item {
  tensor_view<std::int64_t> out;
  tensor_view<const std::int64_t> state, step;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t) const {
    const auto seed = static_cast<std::uint64_t>(state.data[0]), run = static_cast<std::uint64_t>(state.data[state.strides[0]]);
    out.data[0] = static_cast<std::int64_t>(random_seed(seed, run));
    out.data[out.strides[0]] = step.data[0];
  }
};
template <> struct op_items<random_step_op> {
  template <class System> static void run(System, const attributes&, const tensor_view<std::int64_t>& out, const tensor_view<const std::int64_t>& state, const tensor_view<const std::int64_t>& step) {
    System::each(1, 1, random_step_item{out, state, step});
  }
};

/// A block of Philox, which is a few neighbouring elements.
template <class Op, class Out, class S> struct random_item {
  tensor_view<Out> out;
  tensor_view<const S> state;
  std::uint64_t stream;
  std::int64_t count;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    constexpr int per_block = Op::template per_block<Out>;
    const auto seed = random_seed(static_cast<std::uint64_t>(state.data[0]), static_cast<std::uint64_t>(state.data[state.strides[0]]));
    const auto block = random_block(seed, stream, static_cast<std::uint64_t>(i));
    for (int k = 0; k < per_block; ++k)
      if (const std::int64_t e = i * per_block + k; e < count) at(out, place::of(out, e)) = Op::template element<Out>(block, k);
  }
};
template <class Op> struct random_items {
  template <class System, class Out, class S> static void run(System, const attributes& a, const tensor_view<Out>& out, const tensor_view<const S>& state) {
    constexpr int per_block = Op::template per_block<Out>;
    const auto count = out.size();
    System::each((count + per_block - 1) / per_block, count, random_item<Op, Out, S>{out, state, static_cast<std::uint64_t>(a.a), count});
  }
};
template <> struct op_items<random_uniform_op> : random_items<random_uniform_op> {};
template <> struct op_items<random_normal_op> : random_items<random_normal_op> {};

}  // namespace tapeless::thrust_detail
