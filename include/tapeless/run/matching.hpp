#pragma once
#include <tapeless/core/error.hpp>
#include <tapeless/plan/layout.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace tapeless::inline TAPELESS_ABI::detail {

/// The values of the named dims, and the placeholder whose feed told each. The same for all programs.
struct matching {
  binding values;
  std::array<std::string_view, binding::capacity> told_by{};

  int open_dims(const shape& s) const {
    int open = 0;
    for (int axis = 0; axis < s.rank; ++axis) open += !values.knows(s[axis]);
    return open;
  }
  void match_shape(std::string_view name, const shape& s, int rank, const std::array<std::int64_t, max_rank>& extents) {
    if (rank != s.rank) misfit(name, "number of axes", s.rank, rank);
    for (int axis = 0; axis < s.rank; ++axis) match(name, s, axis, extents[static_cast<std::size_t>(axis)]);
  }
  /// A flat range says how many elements there are; one unknown dim follows from that.
  void match_size(std::string_view name, const shape& s, std::int64_t size) {
    if (open_dims(s) > 1) misfit(name, "number of axes", s.rank, 1);
    std::int64_t known = 1;
    int open = -1;
    for (int axis = 0; axis < s.rank; ++axis) {
      if (values.knows(s[axis])) known *= values(s[axis]);
      else open = axis;
    }
    if (open >= 0 && known > 0 && size % known == 0) match(name, s, open, size / known);
    else if (known != size || open >= 0) misfit_size(name, s, known, size);
  }

 private:
  void match(std::string_view name, const shape& s, int axis, std::int64_t found) {
    const dim& d = s[axis];
    if (!values.knows(d)) {
      values.add(d.name, std::max(std::int64_t{0}, (found - d.constant) / d.factor));
      told_by[static_cast<std::size_t>(values.size - 1)] = name;
    }
    if (values(d) != found) misfit_axis(name, s, axis, found);
  }
  void explain(text& reason, const dim& d) const {
    for (int i = 0; i < values.size; ++i) {
      const auto k = static_cast<std::size_t>(i);
      if (d.is_static() || values.entries[k].name != d.name) continue;
      d.name.print(reason << ", since ");
      reason << " is " << values.entries[k].value << " as fed to \"" << told_by[k] << "\"";
    }
  }

  // Out of line, so that a run that is right makes no text.
  [[noreturn, gnu::cold, gnu::noinline]] static void misfit(std::string_view name, std::string_view where, std::int64_t expected, std::int64_t found, std::string_view reason = {}) {
    raise(feed_error(std::string(name), std::string(where), expected, found, std::string(reason)));
  }
  [[noreturn, gnu::cold, gnu::noinline]] void misfit_axis(std::string_view name, const shape& s, int axis, std::int64_t found) const {
    const dim& d = s[axis];
    text where, reason;
    where << "axis " << axis;
    if (!d.is_static()) d.print(where << " (dim ") << ")";
    explain(reason, d);
    misfit(name, where.view(), values(d), found, reason.view());
  }
  [[noreturn, gnu::cold, gnu::noinline]] void misfit_size(std::string_view name, const shape& s, std::int64_t expected, std::int64_t found) const {
    text reason;
    for (int axis = 0; axis < s.rank; ++axis) explain(reason, s[axis]);
    misfit(name, "number of elements", expected, found, reason.view());
  }
};

}  // namespace tapeless::detail
