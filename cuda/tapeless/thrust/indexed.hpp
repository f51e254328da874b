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

/// The axes of t from `first` on as axes of a place of so many, from `to` on; along the others it stands still.
template <class T> tensor_view<T> axes_at(const tensor_view<T>& t, int first, int to, int rank) {
  tensor_view<T> s{.data = t.data, .rank = rank};
  for (int n = first; n < t.rank; ++n) s.strides[index(to + n - first)] = t.strides[index(n)];
  return s;
}

template <class T, class I> struct gather_item {
  tensor_view<T> out;
  tensor_view<const T> first_row;
  tensor_view<const I> indices;  ///< whose axes are the first ones of the result
  std::int64_t rows, row_stride;
  bool zero;                     ///< what a row holds that an index outside asks for

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(out, i);
    const auto row = static_cast<std::int64_t>(at(indices, p));
    T value = zero ? T{} : no_row<T>();
    if (row >= 0 && row < rows) value = (&at(first_row, p))[row * row_stride];
    at(out, p) = value;
  }
};
template <> struct op_items<gather_op> {
  template <class System, class T, class I> static void run(const System& on, const attributes& a, const tensor_view<T>& out, const tensor_view<const T>& x, const tensor_view<const I>& indices) {
    on.each(out.size(), out.size(), gather_item<T, I>{out, axes_at(x, 1, indices.rank, out.rank), indices, x.extents[0], x.strides[0], a.a == 1});
  }
};

/// An element of the result adds what belongs to its row, in the order of the indices.
template <class T, class I> struct scatter_add_item {
  tensor_view<T> out;
  tensor_view<const T> rows, first_row;  ///< of what is added: by index, and within a row
  tensor_view<const I> indices;
  std::int64_t count;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(out, i);
    const std::int64_t offset = &at(first_row, p) - first_row.data;
    T sum{};
    for (std::int64_t k = 0; k < count; ++k) {
      const auto which = place::of(indices, k);
      if (static_cast<std::int64_t>(at(indices, which)) != p.axis[0]) continue;
      if constexpr (math::number<T>) sum = math::add(sum, (&at(rows, which))[offset]);
    }
    at(out, p) = sum;
  }
};
template <> struct op_items<scatter_add_op> {
  template <class System, class T, class I> static void run(const System& on, const attributes&, const tensor_view<T>& out, const tensor_view<const T>& x, const tensor_view<const I>& indices) {
    auto rows = x;
    rows.rank = indices.rank;
    on.each(out.size(), out.size() * indices.size(), scatter_add_item<T, I>{out, rows, axes_at(x, indices.rank, 1, out.rank), indices, indices.size()});
  }
};

template <class T> struct others_item {
  tensor_view<T> out, lines;
  tensor_view<const T> x;
  std::int64_t extent, step, to_step;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(lines, i);
    T* const to = &at(out, p);
    const T* const from = &at(x, p);
    T left(1), right(1);
    for (std::int64_t k = 0; k < extent; ++k) to[k * to_step] = left, left = left * from[k * step];
    for (std::int64_t k = extent; k-- > 0;) to[k * to_step] = to[k * to_step] * right, right = right * from[k * step];
  }
};
template <> struct op_items<products_of_others_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& out, const tensor_view<const T>& x) {
    if (out.size() == 0) return;
    auto lines = out;
    lines.extents[index(a.a)] = 1;
    on.each(lines.size(), out.size(), others_item<T>{out, lines, x, x.extents[index(a.a)], x.strides[index(a.a)], out.strides[index(a.a)]});
  }
};

/// The place along an axis of the first best element.
template <class Op, class Out, class T> struct line_item {
  tensor_view<Out> out;
  tensor_view<const T> lines;  ///< their first elements
  std::int64_t extent, step;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t i) const {
    const auto p = place::of(out, i);
    const T* const line = &at(lines, p);
    std::int64_t best = 0;
    for (std::int64_t k = 1; k < extent; ++k)
      if (Op::better(line[k * step], line[best * step])) best = k;
    at(out, p) = static_cast<Out>(best);
  }
};
template <class Op> struct place_items {
  template <class System, class Out, class T> static void run(const System& on, const attributes& a, const tensor_view<Out>& out, const tensor_view<const T>& x) {
    tensor_view<const T> lines{.data = x.data, .rank = out.rank};
    for (int to = 0, from = 0; to < out.rank; ++to, ++from) {
      if (a.b == 0 && from == a.a) ++from;
      lines.extents[index(to)] = out.extents[index(to)];
      lines.strides[index(to)] = from == a.a ? 0 : x.strides[index(from)];
    }
    on.each(out.size(), x.size(), line_item<Op, Out, T>{out, lines, x.extents[index(a.a)], x.strides[index(a.a)]});
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
  template <class System> static void run(const System& on, const attributes&, const tensor_view<std::int64_t>& out, const tensor_view<const std::int64_t>& state, const tensor_view<const std::int64_t>& step) {
    on.each(1, 1, random_step_item{out, state, step});
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
  template <class System, class Out, class S> static void run(const System& on, const attributes& a, const tensor_view<Out>& out, const tensor_view<const S>& state) {
    constexpr int per_block = Op::template per_block<Out>;
    const auto count = out.size();
    on.each((count + per_block - 1) / per_block, count, random_item<Op, Out, S>{out, state, static_cast<std::uint64_t>(a.a), count});
  }
};
template <> struct op_items<random_uniform_op> : random_items<random_uniform_op> {};
template <> struct op_items<random_normal_op> : random_items<random_normal_op> {};

}  // namespace tapeless::thrust_detail
