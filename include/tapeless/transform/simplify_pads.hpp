#pragma once
#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/ops/concat.hpp>
#include <tapeless/ops/slice.hpp>
#include <tapeless/transform/rewriter.hpp>

namespace tapeless::inline TAPELESS_ABI::detail {

/// What stands along an axis of a tensor that is zero but for some parts: gradients of slices, and sums of them.
class zero_padded {
 public:
  struct part {
    std::int64_t first = 0, extent = 0;
    int node = -1;
  };
  static constexpr std::size_t most_parts = 32;

  constexpr zero_padded(const rewriter& r, int id) {
    const shape& s = r.graph().shape_of(id);
    const attributes& with = r.graph().attributes_of(id);
    if (!s.is_static()) return;
    if (r.is<pad_op>(id) && with.c == 1 && with.number() == 0) {
      axis_ = static_cast<int>(with.a);
      parts_.push_back({with.b, r.graph().shape_of(r.operand(id))[axis_].constant, r.operand(id)});
    } else if (r.is<concat_op>(id)) {
      axis_ = static_cast<int>(with.a);
      std::int64_t first = 0;
      for (int o : r.graph().operands_of(id)) {
        const auto extent = r.graph().shape_of(o)[axis_].constant;
        if (!r.is_constant(r.bare(o), 0)) parts_.push_back({first, extent, o});
        first += extent;
      }
    }
  }
  constexpr int axis() const { return axis_; }
  /// Puts the parts of another in between; false: they meet, or there are too many.
  constexpr bool take(const zero_padded& other) {
    for (const part& p : other.parts_) {
      parts_.push_back(p);
      for (std::size_t i = parts_.size() - 1; i > 0 && parts_[i].first < parts_[i - 1].first; --i) std::swap(parts_[i], parts_[i - 1]);
    }
    for (std::size_t i = 1; i < parts_.size(); ++i)
      if (parts_[i].first < parts_[i - 1].first + parts_[i - 1].extent) return false;
    return parts_.size() <= most_parts;
  }
  constexpr int whole(rewriter& r, dtype type, const shape& s) const {
    sequence<int> x;
    std::int64_t done = 0;
    const auto zeros_until = [&](std::int64_t next) {
      shape gap = s;
      gap[axis_] = dim(next - done);
      if (next > done) x.push_back(r.expanded(r.constant(0, type), gap));
    };
    for (const part& p : parts_) {
      zeros_until(p.first);
      x.push_back(p.node);
      done = p.first + p.extent;
    }
    zeros_until(s[axis_].constant);
    return r.make({id_of<concat_op>(), {x.data(), static_cast<int>(x.size())}, type, s, {.a = axis_}});
  }

 private:
  int axis_ = -1;
  sequence<part> parts_;
};

/// x + y as one tensor put together, where each of them is zero wherever the other is not; -1: they are not.
constexpr int put_together(rewriter& r, const draft& n, int x, int y) {
  const auto is_one = [&](int id) { return (r.is<pad_op>(id) || r.is<concat_op>(id)) && r.has_shape(id, n.shape); };
  if (!is_one(x) || !is_one(y)) return -1;
  zero_padded sum(r, x);
  const zero_padded more(r, y);
  return sum.axis() >= 0 && sum.axis() == more.axis() && sum.take(more) ? sum.whole(r, n.type, n.shape) : -1;
}

/// In derivatives, what is summed of slices' gradients is put together, also (x - z) + y; -1: it is no such sum.
constexpr int sum_of_pads(rewriter& r, const draft& n) {
  if (!r.in_derivative()) return -1;
  if (const int all = put_together(r, n, n.x[0], n.x[1]); all >= 0) return all;
  for (int side = 0; side < 2; ++side) {
    const int x = n.x[static_cast<std::size_t>(side)], y = n.x[static_cast<std::size_t>(1 - side)];
    if (r.readers(x) != 1) continue;
    if (r.is<subtract_op>(x))
      if (const int all = put_together(r, n, r.operand(x), y); all >= 0) return r.make_like<subtract_op>(n, all, r.operand(x, 1));
    if (r.is<add_op>(x))
      for (int i = 0; i < 2; ++i)
        if (const int all = put_together(r, n, r.operand(x, i), y); all >= 0) return r.make_like<add_op>(n, all, r.operand(x, 1 - i));
  }
  return -1;
}

}  // namespace tapeless::detail
