#pragma once
#include <tapeless/run/feed.hpp>
#include <tapeless/run/program.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace tapeless {

namespace detail {

/// Index of a leaf in a graph by name; -1 if there is none.
template <class Graph> constexpr int find_leaf(const Graph& g, std::string_view name) {
  for (std::size_t i = 0; i < g.leaves.size(); ++i)
    if (g.name_of(g.leaves[i]) == name) return static_cast<int>(i);
  return -1;
}

/// The mistakes in a list of feeds that are known at compile time.
template <class Program, class... Feeds> constexpr text check_feeds() {
  const auto& g = Program::traced;
  text m;
  for (const auto& l : g.leaves) {
    if (l.kind != leaf_kind::placeholder) continue;
    const auto name = g.name_of(l);
    const int times = (0 + ... + (Feeds::placeholder::name == name ? 1 : 0));
    if (times == 0) {
      m << "run: placeholder \"" << name << "\" ";
      g.shape_of(l.node).print(m) << " " << to_string(g[l.node].type) << " is not fed";
      return m;
    }
    if (times > 1) {
      m << "run: placeholder \"" << name << "\" is fed " << times << " times";
      return m;
    }
  }
  [[maybe_unused]] const auto check = [&]<class F>(std::type_identity<F>) {
    using p = typename F::placeholder;
    using data = fed_array<std::remove_cv_t<typename F::data_type>>;
    const int leaf = find_leaf(g, p::name);
    if (!m.empty()) return;
    if (leaf < 0 || g.leaves[static_cast<std::size_t>(leaf)].kind != leaf_kind::placeholder) {
      m << "run: placeholder \"" << p::name << "\" is fed, but nothing fetched depends on it";
    } else if (dtype_of<typename data::element_type> != p::type) {
      m << "run: placeholder \"" << p::name << "\" is " << to_string(p::type) << ", but is fed " << to_string(dtype_of<typename data::element_type>);
    } else if (data::fixed_rank >= 0 && data::fixed_rank != p::shape.rank) {
      m << "run: placeholder \"" << p::name << "\" has " << p::shape.rank << " axes, but is fed an array of " << data::fixed_rank;
    }
  };
  (check(std::type_identity<Feeds>{}), ...);
  return m;
}

/// Brings fed data to where the kernels read it: in place where it is contiguous, else copied to memory kept for that.
class staging {
 public:
  template <class A> const void* place(const A& a, std::size_t slot) {
    using traits = fed_array<A>;
    if (const auto* p = traits::contiguous(a)) return p;
    if constexpr (shaped<A>) return copy(a, slot);
    return nullptr;
  }

 private:
  template <class A> const void* copy(const A& a, std::size_t slot) {
    using traits = fed_array<A>;
    if (slots_.size() <= slot) slots_.resize(slot + 1);
    using T = typename traits::element_type;
    slots_[slot].resize(static_cast<std::size_t>(traits::size(a)) * sizeof(T));
    auto* to = reinterpret_cast<T*>(slots_[slot].data());
    for (const auto& x : a) *to++ = x;
    return slots_[slot].data();
  }

  std::vector<std::vector<std::byte>> slots_;
};

}  // namespace detail

namespace detail {

/// One program made ready to run: its executor, what its named dims are bound to, and what feeds are staged in.
template <class Backend, class Program> class runner {
 public:
  using executor = typename Backend::template executor<Program>;

  /// `memory` has an entry for each leaf: that of variables and of the random state.
  explicit runner(const std::array<void*, Program::graph.leaves.size()>& memory) {
    if constexpr (Program::is_static) bind(binding{});
    for (std::size_t i = 0; i < memory.size(); ++i)
      if (memory[i] != nullptr) executor_.set_leaf(static_cast<int>(i), memory[i]);
  }

  template <class... Feeds> auto run(const Feeds&... feeds) {
    binding b;
    (match_extents(b, feeds), ...);
    if constexpr (!Program::is_static)
      if (!bound_ || !same_values(b)) bind(b);
    std::size_t slot = 0;
    (set_feed(feeds, slot++), ...);
    executor_.run();
    return results(std::make_index_sequence<Program::graph.outputs.size()>{});
  }

 private:
  static std::string axis_name(int axis, const dim& d) {
    text t;
    t << "axis " << axis;
    if (!d.is_static()) d.print(t << " (dim ") << ")";
    return std::string(t.view());
  }

  /// Compares what is fed with the placeholder's shape; finds the values of named dims.
  template <class Feed> static void match_extents(binding& b, const Feed& f) {
    using p = typename Feed::placeholder;
    using traits = fed_array<std::remove_cv_t<typename Feed::data_type>>;
    const std::string name(p::name);
    const auto match = [&](int axis, std::int64_t found) {
      const dim& d = p::shape[axis];
      if (!d.is_static() && b.find(d.name) == nullptr) {
        b.add(d.name, (found - d.constant) / d.factor);
      }
      if (b(d) != found) raise(feed_error(name, axis_name(axis, d), b(d), found));
    };
    if constexpr (traits::knows_shape) {
      if (static_cast<int>(traits::rank(f.data)) != p::shape.rank) raise(feed_error(name, "number of axes", p::shape.rank, static_cast<std::int64_t>(traits::rank(f.data))));
      for (int axis = 0; axis < p::shape.rank; ++axis) match(axis, traits::extent(f.data, static_cast<std::size_t>(axis)));
    } else {
      // A flat range says how many elements there are; one unknown dim follows from that.
      std::int64_t known = 1;
      int open = -1;
      for (int axis = 0; axis < p::shape.rank; ++axis) {
        const dim& d = p::shape[axis];
        if (!d.is_static() && b.find(d.name) == nullptr && open < 0) open = axis;
        else known *= b(d);
      }
      const auto size = traits::size(f.data);
      if (open >= 0 && known > 0 && size % known == 0) match(open, size / known);
      else if (known != size || open >= 0) raise(feed_error(name, "number of elements", known, size));
    }
  }

  template <class Feed> void set_feed(const Feed& f, std::size_t slot) {
    constexpr int leaf = find_leaf(Program::graph, Feed::placeholder::name);
    if constexpr (leaf >= 0) executor_.set_leaf(leaf, const_cast<void*>(static_cast<const void*>(staging_.place(f.data, slot))));
  }

  bool same_values(const binding& b) const {
    for (int i = 0; i < b.size; ++i) {
      const auto& e = b.entries[static_cast<std::size_t>(i)];
      const auto* known = const_cast<binding&>(binding_).find(e.name);
      if (known == nullptr || *known != e.value) return false;
    }
    return true;
  }
  void bind(const binding& b) {
    binding_ = b;
    bound_ = true;
    executor_.bind(b);
    using leaves = leaf_table<Program>;
    for (std::size_t i = 0; i < leaves::size; ++i) {
      const auto& l = leaves::records[i];
      if (l.kind != leaf_kind::extent) continue;
      const auto n = b.count(l.shape);
      if (l.type == dtype::f32) reinterpret_cast<float&>(extents_[i]) = static_cast<float>(n);
      else extents_[i] = static_cast<double>(n);
      executor_.set_leaf(static_cast<int>(i), &extents_[i]);
    }
  }

  template <std::size_t... I> auto results(std::index_sequence<I...>) const { return std::tuple(result<static_cast<int>(I)>()...); }
  template <int I> auto result() const {
    constexpr int node = Program::graph.outputs[static_cast<std::size_t>(I)];
    using T = element_of<Program::graph[node].type>;
    constexpr auto s = Program::graph.shape_of(node);
    const auto* data = static_cast<const T*>(executor_.output(I));
    if constexpr (s.rank == 0) {
      return *data;
    } else {
      array_view<const T, static_cast<std::size_t>(s.rank)> v{data, {}};
      for (int i = 0; i < s.rank; ++i) v.extents[static_cast<std::size_t>(i)] = binding_(s[i]);
      return v;
    }
  }

  executor executor_;
  staging staging_;
  binding binding_;
  bool bound_ = false;
  std::array<double, Program::graph.leaves.size()> extents_{};
};

/// Objects of different types, each made once: the runners of what is fetched apart from a session's own fetches.
class once {
 public:
  template <class T, class... Args> T& get(Args&&... args) {
    for (const auto& e : entries_)
      if (e.tag == &type_tag<T>) return *static_cast<T*>(e.object.get());
    entries_.push_back({&type_tag<T>, std::make_shared<T>(std::forward<Args>(args)...)});
    return *static_cast<T*>(entries_.back().object.get());
  }

 private:
  struct entry {
    const char* tag;
    std::shared_ptr<void> object;
  };
  std::vector<entry> entries_;
};

}  // namespace detail

}  // namespace tapeless
