#pragma once
#include <tapeless/ops/shape_forms.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI {

/// A number for each of the two axes of an image: one for both, or {rows, columns}. Ops on (N, C, L) take the columns'.
struct per_axis {
  int rows = 1, columns = 1;
  constexpr per_axis(int both) : rows(both), columns(both) {}
  constexpr per_axis(int of_rows, int of_columns) : rows(of_rows), columns(of_columns) {}
  friend constexpr bool operator==(const per_axis&, const per_axis&) = default;
};

/// What stands around an image: {all sides}, {above and below, left and right}, {above, below, left, right}.
/// `padding::same`: as much as makes ceil(extent / stride) positions, an odd one below and right; `padding::valid`: nothing.
struct padding {
  int above = 0, below = 0, left = 0, right = 0;
  bool as_needed = false;
  constexpr padding() = default;
  constexpr padding(int all) : padding(all, all) {}
  constexpr padding(int rows, int columns) : padding(rows, rows, columns, columns) {}
  /// With all five, since nvcc writes out values of template arguments so.
  constexpr padding(int a, int b, int l, int r, bool needed = false) : above(a), below(b), left(l), right(r), as_needed(needed) {}
  friend constexpr bool operator==(const padding&, const padding&) = default;

  static const padding same, valid;
};
inline constexpr padding padding::valid{};
inline constexpr padding padding::same = [] {
  padding p;
  p.as_needed = true;
  return p;
}();

/// How a window moves along one axis.
struct window_axis {
  std::int64_t stride = 1, before = 0, after = 0, dilation = 1;

  static constexpr std::int64_t most = (1 << 15) - 1;

  constexpr bool valid() const { return in(stride, 1) && in(dilation, 1) && in(before, 0) && in(after, 0); }
  /// From the first to behind the last element of a window of so many.
  constexpr std::int64_t reach(std::int64_t window) const { return dilation * (window - 1) + 1; }
  /// 0: not even one window fits.
  constexpr std::int64_t positions(std::int64_t extent, std::int64_t window) const {
    const auto room = extent + before + after - reach(window);
    return room < 0 || window < 1 ? 0 : room / stride + 1;
  }
  /// As one attribute.
  constexpr std::int64_t packed() const { return valid() ? stride | before << 16 | after << 32 | dilation << 48 : 0; }
  static constexpr window_axis unpacked(std::int64_t p) { return {p & most, p >> 16 & most, p >> 32 & most, p >> 48 & most}; }

 private:
  static constexpr bool in(std::int64_t n, std::int64_t least) { return n >= least && n <= most; }
};

namespace detail {

/// `columns`: of the columns' axis, else of the rows'.
constexpr window_axis window_axis_of(bool columns, per_axis stride, const padding& p, per_axis dilation, dim extent, dim window) {
  window_axis a{columns ? stride.columns : stride.rows, columns ? p.left : p.above, columns ? p.right : p.below, columns ? dilation.columns : dilation.rows};
  if (p.as_needed && a.stride > 0) {
    const auto positions = (extent.constant + a.stride - 1) / a.stride;
    const auto total = std::max<std::int64_t>((positions - 1) * a.stride + a.reach(window.constant) - extent.constant, 0);
    a.before = total / 2;
    a.after = total - a.before;
  }
  return a;
}

/// The extent that is left of an image's axis. One that is not known, as while a function is traced, is kept.
constexpr dim positions_of(dim extent, dim window, std::int64_t packed) {
  return extent.is_static() && window.is_static() ? dim(window_axis::unpacked(packed).positions(extent.constant, window.constant)) : extent;
}

constexpr void print_axis(text& out, const char* name, std::int64_t packed) {
  const auto w = window_axis::unpacked(packed);
  out << name << "(stride=" << w.stride;
  if (w.before != 0 || w.after != 0) out << " padding=" << w.before << "+" << w.after;
  if (w.dilation != 1) out << " dilation=" << w.dilation;
  out << ")";
}

inline constexpr const char* bad_window = "strides, dilations and windows are at least 1 and padding is not negative, all below 32768";
inline constexpr const char* window_too_large = "the window is larger than the padded input";
inline constexpr const char* window_of_dynamic = "all extents but the first must be static";

constexpr bool is_anonymous(dim d) { return !d.is_static() && d.name.anonymous(); }
/// Extents from an axis on are static, or not yet known.
constexpr bool static_from(const shape& s, int first) {
  for (int i = first; i < s.rank; ++i)
    if (!s[i].is_static() && !is_anonymous(s[i])) return false;
  return true;
}

/// The samples' axis, which is the first, joined with an axis of theirs: with the images of all samples, or with channels.
constexpr ref join_samples(ref x, int axis) {
  const ref moved = move_axis(x, 0, axis);
  const auto s = moved.shape();
  shape r;
  for (int i = 0; i < s.rank; ++i) {
    if (i == axis) continue;
    const auto both = i == axis + 1 ? count_elements(shape(s[axis], s[i])) : symbolic_count{s[i], true};
    if (!both.ok) fail(*x.owner, "vmap: the product of two dynamic dims has no name: make the number of samples or of images static");
    r.push(both.value);
  }
  return reshape(moved, r);
}
/// The other way; an axis of y has the samples in it.
constexpr ref part_samples(ref y, int axis, dim samples, const shape& sample) {
  shape r;
  for (int i = 0; i < sample.rank; ++i) {
    if (i == axis) r.push(samples);
    r.push(sample[i]);
  }
  return move_axis(reshape(y, r), axis, 0);
}

/// (N, C, L) as (N, C, 1, L), and back.
constexpr ref as_image(ref x) {
  const auto s = x.shape();
  return reshape(x, shape(s[0], s[1], dim(1), s[2]));
}
constexpr ref as_line(ref x) {
  const auto s = x.shape();
  return reshape(x, shape(s[0], s[1], s[3]));
}
/// Along the columns only.
constexpr padding of_columns(padding p) {
  p.above = p.below = 0;
  return p;
}

/// Whether x has so many axes; else the mistake is reported under the op's name.
constexpr bool has_rank(ref x, int rank, std::string_view op, const char* problem) {
  if (x.shape().rank == rank) return true;
  text m;
  m << op << ": " << problem << ": ";
  x.owner->describe(m, x.id, 1);
  print_operand(m, {x.type(), x.shape()});
  fail(*x.owner, m);
  return false;
}

}  // namespace detail

}  // namespace tapeless
