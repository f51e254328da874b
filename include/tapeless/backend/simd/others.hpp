#pragma once
#include <tapeless/backend/indexed.hpp>
#include <tapeless/backend/simd/math.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// products_of_others along an axis that is contiguous in both tensors, or beside such a one.
struct others_kernel {
  template <class T> static void run(const attributes& a, tensor_view<T> out, tensor_view<const T> x) {
    const auto axis = static_cast<std::size_t>(a.a), last = static_cast<std::size_t>(x.rank - 1);
    const auto n = x.extents[axis], step = x.strides[axis], out_step = out.strides[axis];
    if (out.size() == 0) return;
    if (n == 1 || (axis == last ? step != 1 || out_step != 1 : x.strides[last] != 1 || out.strides[last] != 1)) return indexed_loops<products_of_others_op>::run(a, out, x);
    const auto columns = axis == last ? 1 : x.extents[last];
    out.extents[axis] = x.extents[axis] = out.extents[last] = x.extents[last] = 1;
    each_element(out, x, [&](T& to, const T& from) {
      if (axis == last) return in_row(&to, &from, n);
      std::int64_t i = 0;
      for (; i + vec<T>::size <= columns; i += vec<T>::size) down<vec<T>>(&to + i, &from + i, n, out_step, step);
      for (; i < columns; ++i) down<T>(&to + i, &from + i, n, out_step, step);
    });
  }

 private:
  static float load(const float* p, float) { return *p; }
  static double load(const double* p, double) { return *p; }
  template <class T> static vec<T> load(const T* p, vec<T>) { return vec<T>::load(p); }
  template <class T> static void store(T* p, T x) { *p = x; }
  template <class T> static void store(T* p, vec<T> x) { x.store(p); }

  /// Products from above, then times those from below, of one column or a register of them.
  template <class V, class T> static void down(T* to, const T* from, std::int64_t n, std::int64_t to_step, std::int64_t step) {
    V above(T(1)), below(T(1));
    for (std::int64_t i = 0; i < n; ++i, to += to_step, from += step) store(to, above), above = above * load(from, above);
    while (n-- > 0) {
      to -= to_step, from -= step;
      store(to, load(to, below) * below), below = below * load(from, below);
    }
  }
  /// A row as columns beside each other, so many that multiplications need not wait; what is over is one column more. The
  /// products of whole columns are what the others of each lack: those of its lane in the other registers, times those of the
  /// other lanes.
  template <class T> static void in_row(T* to, const T* from, std::int64_t n) {
    if (n >= 8 * vec<T>::size) in_columns<4>(to, from, n);
    else if (n >= 2 * vec<T>::size) in_columns<1>(to, from, n);
    else down<T>(to, from, n, 1, 1);
  }
  template <std::size_t Registers, class T> static void in_columns(T* to, const T* from, std::int64_t n) {
    constexpr std::int64_t w = vec<T>::size, columns = static_cast<std::int64_t>(Registers) * w;
    const std::int64_t whole = n - n % columns;
    std::array<vec<T>, Registers> product, above;
    for (auto& p : product) p = vec<T>(T(1));
    for (std::int64_t i = 0; i < whole; i += columns)
      for (std::size_t r = 0; r < Registers; ++r) {
        const auto at = i + static_cast<std::int64_t>(r) * w;
        product[r].store(to + at), product[r] *= vec<T>::load(from + at);
      }
    std::array<T, static_cast<std::size_t>(w + 1)> all, others;
    vec<T> lanes(T(1));
    for (std::size_t r = 0; r < Registers; ++r) above[r] = lanes, lanes *= product[r];
    lanes.store(all.data());
    all[static_cast<std::size_t>(w)] = T(1);
    for (std::int64_t i = whole; i < n; ++i) all[static_cast<std::size_t>(w)] *= from[i];
    down<T>(others.data(), all.data(), w + 1, 1, 1);
    vec<T> below = vec<T>::load(others.data());
    for (std::size_t r = Registers; r-- > 0;) {
      const auto own = product[r];
      product[r] = above[r] * below, below *= own;
    }
    for (std::int64_t i = whole; (i -= columns) >= 0;)
      for (std::size_t r = 0; r < Registers; ++r) {
        const auto at = i + static_cast<std::int64_t>(r) * w;
        (vec<T>::load(to + at) * product[r]).store(to + at), product[r] *= vec<T>::load(from + at);
      }
    down<T>(to + whole, from + whole, n - whole, 1, 1);
    for (std::int64_t i = whole; i < n; ++i) to[i] *= others[static_cast<std::size_t>(w)];
  }
};

}  // namespace tapeless::wide
