#pragma once
#include <tapeless/backend/elements.hpp>
#include <tapeless/core/philox.hpp>
#include <tapeless/ops/arg_max.hpp>
#include <tapeless/ops/gather.hpp>
#include <tapeless/ops/one_hot.hpp>
#include <tapeless/ops/prod.hpp>
#include <tapeless/ops/random.hpp>

#include <bit>

namespace tapeless::inline TAPELESS_ABI {

/// The loops of an indexed op, for any backend: `run(attributes, out, in...)` on tensors of any strides. Results do not
/// depend on the order in which rows are computed, but for scatter_add, which adds in the order of its indices.
template <class Op> struct indexed_loops;

namespace detail {

/// The axes [first, last) of a tensor.
template <class T> constexpr tensor_view<T> axes_of(tensor_view<T> x, int first, int last) {
  tensor_view<T> r{.data = x.data, .rank = last - first};
  for (int i = first; i < last; ++i) {
    r.extents[static_cast<std::size_t>(i - first)] = x.extents[static_cast<std::size_t>(i)];
    r.strides[static_cast<std::size_t>(i - first)] = x.strides[static_cast<std::size_t>(i)];
  }
  return r;
}

/// What a row holds that an index outside asks for.
template <class T> constexpr T no_row() {
  if constexpr (std::numeric_limits<T>::has_quiet_NaN) return std::numeric_limits<T>::quiet_NaN();
  else return std::numeric_limits<T>::lowest();
}

/// Calls visit(row of `whole`, row of `rows`) for each index; the first is null for an index outside.
template <class W, class R, class I, class F>
constexpr void each_row(tensor_view<W> whole, tensor_view<R> rows, tensor_view<const I> indices, F visit) {
  const tensor_view<R> leading = axes_of(rows, 0, indices.rank);
  tensor_view<R> row = axes_of(rows, indices.rank, rows.rank);
  tensor_view<W> chosen = axes_of(whole, 1, whole.rank);
  each_element(leading, indices, [&](R& first, const I& index) {
    const auto i = static_cast<std::int64_t>(index);
    const bool inside = i >= 0 && i < whole.extents[0];
    row.data = &first;
    chosen.data = inside ? whole.data + i * whole.strides[0] : nullptr;
    visit(chosen, row);
  });
}

/// Calls visit(result element, first element along the axis) for each line of x along an axis.
template <class Out, class T, class F>
constexpr void each_line(const attributes& a, tensor_view<Out> out, tensor_view<const T> x, F visit) {
  const auto axis = static_cast<std::size_t>(a.a);
  tensor_view<const T> lines{.data = x.data, .rank = out.rank};
  for (int i = 0, from = 0; i < out.rank; ++i, ++from) {
    if (a.b == 0 && from == static_cast<int>(axis)) ++from;
    const auto to = static_cast<std::size_t>(i), n = static_cast<std::size_t>(from);
    lines.extents[to] = out.extents[to];
    lines.strides[to] = n == axis ? 0 : x.strides[n];
  }
  each_element(out, lines, [&](Out& result, const T& first) { visit(result, &first, x.extents[axis], x.strides[axis]); });
}

template <class Op> struct place_loops {
  template <class Out, class T> static constexpr void run(const attributes& a, tensor_view<Out> out, tensor_view<const T> x) {
    each_line(a, out, x, [](Out& result, const T* line, std::int64_t n, std::int64_t stride) {
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < n; ++i)
        if (Op::better(line[i * stride], line[best * stride])) best = i;
      result = static_cast<Out>(best);
    });
  }
};

template <class T> constexpr bool is_row_major(const tensor_view<T>& x) {
  std::int64_t stride = 1;
  for (int axis = x.rank - 1; axis >= 0; --axis) {
    const auto n = static_cast<std::size_t>(axis);
    if (x.extents[n] != 1 && x.strides[n] != stride) return false;
    stride *= x.extents[n];
  }
  return true;
}

template <class Op> struct random_loops {
  template <class Out, class S> static constexpr void run(const attributes& a, tensor_view<Out> out, tensor_view<const S> state) {
    const auto seed = random_seed(static_cast<std::uint64_t>(state.data[0]), static_cast<std::uint64_t>(state.data[state.strides[0]]));
    const auto stream = static_cast<std::uint64_t>(a.a);
    constexpr int per_block = Op::template per_block<Out>;
    const auto element = [&](std::int64_t i) {
      return Op::template element<Out>(random_block(seed, stream, static_cast<std::uint64_t>(i / per_block)), static_cast<int>(i % per_block));
    };
    std::int64_t i = 0;
    if (!is_row_major(out)) {
      each_element(out, out, [&](Out& x, const Out&) { x = element(i++); });
      return;
    }
    for (const std::int64_t whole = out.size() - out.size() % per_block; i < whole; i += per_block) {
      const auto block = random_block(seed, stream, static_cast<std::uint64_t>(i / per_block));
      for (int k = 0; k < per_block; ++k) out.data[i + k] = Op::template element<Out>(block, k);
    }
    for (; i < out.size(); ++i) out.data[i] = element(i);
  }
};

}  // namespace detail

template <> struct indexed_loops<gather_op> {
  template <class T, class I>
  static constexpr void run(const attributes& a, tensor_view<T> out, tensor_view<const T> x, tensor_view<const I> indices) {
    if (out.size() == 0) return;
    detail::each_row(x, out, indices, [&](tensor_view<const T> from, tensor_view<T> to) {
      if (from.data != nullptr) copy_elements(to, from);
      else fill_elements(to, a.a == 1 ? T{} : detail::no_row<T>());
    });
  }
};

template <> struct indexed_loops<scatter_add_op> {
  template <class T, class I>
  static constexpr void run(const attributes&, tensor_view<T> out, tensor_view<const T> x, tensor_view<const I> indices) {
    fill_elements(out, T{});
    if (out.size() == 0 || x.size() == 0) return;
    detail::each_row(out, x, indices, [](tensor_view<T> to, tensor_view<const T> from) {
      if (to.data == nullptr) return;
      each_element(to, from, [](T& sum, const T& more) {
        if constexpr (math::number<T>) sum = math::add(sum, more);
      });
    });
  }
};

template <> struct indexed_loops<iota_op> {
  template <class T> static constexpr void run(const attributes&, tensor_view<T> out) {
    for (std::int64_t i = 0; i < out.extents[0]; ++i) out.data[i * out.strides[0]] = static_cast<T>(i);
  }
};

template <> struct indexed_loops<products_of_others_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> out, tensor_view<const T> x) {
    const auto axis = static_cast<std::size_t>(a.a);
    const auto n = x.extents[axis], step = x.strides[axis], out_step = out.strides[axis];
    if (out.size() == 0) return;
    out.extents[axis] = x.extents[axis] = 1;
    each_element(out, x, [&](T& first, const T& from) {
      T left(1), right(1);
      for (std::int64_t i = 0; i < n; ++i) (&first)[i * out_step] = left, left = left * (&from)[i * step];
      for (std::int64_t i = n; i-- > 0;) (&first)[i * out_step] = (&first)[i * out_step] * right, right = right * (&from)[i * step];
    });
  }
};

template <> struct indexed_loops<arg_max_op> : detail::place_loops<arg_max_op> {};
template <> struct indexed_loops<arg_min_op> : detail::place_loops<arg_min_op> {};
template <> struct indexed_loops<random_step_op> {
  static constexpr void run(const attributes&, tensor_view<std::int64_t> out, tensor_view<const std::int64_t> state, tensor_view<const std::int64_t> step) {
    const auto number = [&](std::int64_t i) { return static_cast<std::uint64_t>(state.data[i * state.strides[0]]); };
    out.data[0] = static_cast<std::int64_t>(random_seed(number(0), number(1)));
    out.data[out.strides[0]] = step.data[0];
  }
};
template <> struct indexed_loops<random_uniform_op> : detail::random_loops<random_uniform_op> {};
template <> struct indexed_loops<random_normal_op> : detail::random_loops<random_normal_op> {};

}  // namespace tapeless
