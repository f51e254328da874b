#pragma once
#include <tapeless/run/feed.hpp>
#include <tapeless/run/program.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The mistakes in a list of feeds that are known at compile time.
template <class Program, class... Feeds> constexpr text check_feeds() {
  const auto& g = Program::traced;
  text m;
  const auto begin = [&m](std::string_view name, dtype type, const shape& s) -> text& {
    print_operand(m << "run: placeholder \"" << name << "\"", {type, s});
    return m << " ";
  };
  for (const auto& l : g.leaves) {
    if (l.kind != leaf_kind::placeholder) continue;
    const auto name = g.name_of(l);
    const int times = (0 + ... + (Feeds::placeholder::name == name ? 1 : 0));
    if (times == 0) return begin(name, g[l.node].type, g.shape_of(l.node)) << "is not fed";
    if (times > 1) return begin(name, g[l.node].type, g.shape_of(l.node)) << "is fed " << times << " times";
  }
  [[maybe_unused]] const auto check = [&]<class F>(std::type_identity<F>) {
    using p = typename F::placeholder;
    const int leaf = find_leaf(g, p::name);
    if (!m.empty()) return;
    if constexpr (!feedable<typename F::data_type>) {
      begin(p::name, p::type, p::shape)
        << "is fed what is no array of numbers"
        << (std::same_as<std::remove_cv_t<typename F::data_type>, std::vector<bool>> ? ": a std::vector<bool> holds bits; feed a std::array<bool, n>, or a tl::view of bools" : "");
    } else if (leaf < 0 || g.leaves[static_cast<std::size_t>(leaf)].kind != leaf_kind::placeholder) {
      begin(p::name, p::type, p::shape) << "is fed, but nothing fetched depends on it";
    } else if (const auto& l = g.leaves[static_cast<std::size_t>(leaf)]; g[l.node].type != p::type || !(g.shape_of(l.node) == p::shape)) {
      begin(p::name, p::type, p::shape) << "is fed, but what is fetched has one of this name that is";
      print_operand(m, {g[l.node].type, g.shape_of(l.node)});
    } else {
      using data = fed_array<std::remove_cv_t<typename F::data_type>>;
      constexpr dtype fed_type = dtype_of<typename data::element_type>;
      constexpr shape fed = fixed_shape<std::remove_cv_t<typename F::data_type>>();
      if (fed_type != p::type) {
        begin(p::name, p::type, p::shape) << "is fed elements of type " << to_string(fed_type);
      } else if (data::fixed_rank >= 0 && data::fixed_rank != p::shape.rank) {
        begin(p::name, p::type, p::shape) << "has " << p::shape.rank << " axes, but is fed an array with " << data::fixed_rank;
      } else {
        for (int axis = 0; axis < fed.rank && m.empty(); ++axis)
          if (p::shape[axis].is_static() && !(p::shape[axis] == fed[axis])) fed.print(begin(p::name, p::type, p::shape) << "is fed an array of shape ");
      }
    }
  };
  (check(std::type_identity<Feeds>{}), ...);
  return m;
}

}  // namespace detail

}  // namespace tapeless
