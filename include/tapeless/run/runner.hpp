#pragma once
#include <tapeless/run/check_feeds.hpp>
#include <tapeless/run/feed.hpp>
#include <tapeless/run/matching.hpp>
#include <tapeless/run/program.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

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

template <class Backend, class Program> struct executor_choice { using type = typename Backend::template executor<Program>; };
template <class Backend, class Program> requires requires { typename Program::template executor<Backend>; }
struct executor_choice<Backend, Program> { using type = typename Program::template executor<Backend>; };
/// What runs a program on a backend; programs for several backends bring their own.
template <class Backend, class Program> using executor_for = typename executor_choice<Backend, Program>::type;

/// One program made ready to run: its executor, what its named dims are bound to, and what feeds are staged in.
template <class Backend, class Program> class runner {
 public:
  using executor = executor_for<Backend, Program>;

  /// `memory` has an entry for each leaf: that of variables and of the random state.
  template <class Memory> explicit runner(const Memory& memory) {
    if constexpr (on_device) executor_.attach(*memory.variables);
    if constexpr (Program::is_static) bind(binding{});
    for (std::size_t i = 0; i < memory.size(); ++i)
      if (memory[i] != nullptr) executor_.set_leaf(static_cast<int>(i), memory[i]);
  }

  // Feeds are passed by value, so that those of the run stay in registers.
  template <class... Feeds> [[gnu::always_inline]] auto run(Feeds... feeds) {
    static_assert(on_device || !(from_device<Feeds> || ...), "tapeless: this session runs on the processor, and is fed memory of a device");
    if constexpr (runs_in_place) {
      return run_in_place(feeds...);
    } else {
      if (!(is_bound<Feeds...>() && (fits(feeds) && ...))) bind_to(feeds...);
      return run_bound(feeds...);
    }
  }

 private:
  template <class Feed> static constexpr bool tells_size = !fed_array<std::remove_cv_t<typename Feed::data_type>>::knows_shape && !Feed::placeholder::shape.is_static() &&
                                                           find_leaf(Program::graph, Feed::placeholder::name) >= 0;
  /// Before the first binding, no flat range has as many elements as are bound.
  template <class... Feeds> bool is_bound() const {
    if constexpr (Program::is_static || (tells_size<Feeds> || ...)) return true;
    else return bound_;
  }
  /// Whether what is fed has the extents that are bound already, as in every run but the first it nearly always has.
  template <class Feed> bool fits(const Feed& f) const {
    using p = typename Feed::placeholder;
    using traits = fed_array<std::remove_cv_t<typename Feed::data_type>>;
    if constexpr (traits::knows_shape) {
      if (static_cast<int>(traits::rank(f.data)) != p::shape.rank) return false;
      return [&]<std::size_t... Axis>(std::index_sequence<Axis...>) {
        return ((traits::extent(f.data, Axis) == bound_extent<p, static_cast<int>(Axis)>()) && ...);
      }(std::make_index_sequence<static_cast<std::size_t>(p::shape.rank)>{});
    } else if constexpr (p::shape.is_static()) {
      constexpr auto elements = binding{}.count(p::shape);
      return traits::size(f.data) == elements;
    } else {
      constexpr int leaf = find_leaf(Program::graph, p::name);
      if constexpr (leaf < 0) return traits::size(f.data) == binding_.count(p::shape);
      else return traits::size(f.data) == sizes_[first_of_shape(leaf)];
    }
  }
  template <class Placeholder, int Axis> std::int64_t bound_extent() const {
    constexpr dim d = Placeholder::shape[Axis];
    if constexpr (d.is_static()) return d.constant;
    else return binding_(d);
  }
  /// The first leaf of the same shape, so that feeds of one shape are compared with one number.
  static constexpr std::size_t first_of_shape(int leaf) {
    const auto& g = Program::graph;
    std::size_t i = 0;
    while (!(g.shape_of(g.leaves[i].node) == g.shape_of(g.leaves[static_cast<std::size_t>(leaf)].node))) ++i;
    return i;
  }
  /// Whether the executor itself brings there what is fed, and back what the host asks for of what is fetched.
  static constexpr bool on_device = requires(executor& e) { e.begin_feeds(); };
  template <class Feed> static constexpr bool from_device = requires { fed_array<std::remove_cv_t<typename Feed::data_type>>::on_device; };
  static constexpr bool runs_in_place = [] {
    if constexpr (requires { executor::tiny; }) return executor::tiny;
    else return false;
  }();
  template <class... Feeds> [[gnu::always_inline]] auto run_bound(Feeds... feeds) {
    std::size_t slot = 0;
    if constexpr (on_device) executor_.begin_feeds();
    (set_feed(feeds, slot++), ...);
    if constexpr (requires { executor_.results(); }) {
      return executor_.results();
    } else {
      executor_.run();
      return results(std::make_index_sequence<Program::graph.outputs.size()>{});
    }
  }
  /// A function that calls no other needs no frame, which took longer to set up than a tiny program runs.
  template <class... Feeds> [[gnu::flatten]] auto run_in_place(Feeds... feeds) {
    if (!(is_bound<Feeds...>() && (fits(feeds) && ...))) return bind_and_run(feeds...);
    return run_bound(feeds...);
  }
  template <class... Feeds> [[gnu::noinline, gnu::cold]] auto bind_and_run(Feeds... feeds) {
    bind_to(feeds...);
    return run_bound(feeds...);
  }
  template <class... Feeds> [[gnu::noinline]] void bind_to(Feeds... feeds) {
    [[maybe_unused]] const binding b = match_feeds(feeds...);
    if constexpr (!Program::is_static) bind(b);
  }

  /// Finds the values of the named dims. A flat range tells one at most, so it waits until others have told the rest.
  template <class... Feeds> static binding match_feeds(const Feeds&... feeds) {
    matching m;
    [[maybe_unused]] std::array<bool, sizeof...(Feeds) + 1> matched{};
    bool progress = sizeof...(Feeds) > 0;
    [[maybe_unused]] const auto match = [&](const auto& f, bool& done, bool last) {
      if (done || (!last && !can_match(m, f))) return;
      match_extents(m, f);
      done = progress = true;
    };
    while (progress) {
      progress = false;
      [[maybe_unused]] std::size_t i = 0;
      (match(feeds, matched[i++], false), ...);
    }
    [[maybe_unused]] std::size_t i = 0;
    (match(feeds, matched[i++], true), ...);
    return m.values;
  }
  template <class Feed> static bool can_match(const matching& m, const Feed&) {
    return fed_array<std::remove_cv_t<typename Feed::data_type>>::knows_shape || m.open_dims(Feed::placeholder::shape) <= 1;
  }

  /// Compares what is fed with the placeholder's shape.
  template <class Feed> static void match_extents(matching& m, const Feed& f) {
    using p = typename Feed::placeholder;
    using traits = fed_array<std::remove_cv_t<typename Feed::data_type>>;
    if constexpr (traits::knows_shape) {
      const auto rank = static_cast<int>(traits::rank(f.data));
      std::array<std::int64_t, max_rank> extents{};
      for (int axis = 0; axis < rank && axis < max_rank; ++axis) extents[static_cast<std::size_t>(axis)] = traits::extent(f.data, static_cast<std::size_t>(axis));
      m.match_shape(p::name, p::shape, rank, extents);
    } else {
      m.match_size(p::name, p::shape, traits::size(f.data));
    }
  }

  template <class Feed> void set_feed(const Feed& f, std::size_t slot) {
    constexpr int leaf = find_leaf(Program::graph, Feed::placeholder::name);
    using traits = fed_array<std::remove_cv_t<typename Feed::data_type>>;
    if constexpr (leaf >= 0 && on_device) executor_.feed(leaf, staging_.place(f.data, slot), static_cast<std::size_t>(traits::size(f.data)) * sizeof(typename traits::element_type), from_device<Feed>);
    else if constexpr (leaf >= 0) executor_.set_leaf(leaf, const_cast<void*>(static_cast<const void*>(staging_.place(f.data, slot))));
  }

  void bind(const binding& b) {
    if constexpr (!Program::is_static) check_extents(b);
    executor_.bind(b);
    binding_ = b;
    bound_ = true;
    using leaves = leaf_table<Program>;
    for (std::size_t i = 0; i < leaves::size; ++i) {
      const auto& l = leaves::records[i];
      sizes_[i] = b.count(l.shape);
      if (l.kind != leaf_kind::extent) continue;
      const auto n = b.count(l.shape);
      if (l.type == dtype::f32) reinterpret_cast<float&>(extents_[i]) = static_cast<float>(n);
      else extents_[i] = static_cast<double>(n);
      executor_.set_leaf(static_cast<int>(i), &extents_[i]);
    }
    if constexpr (!Program::is_static)
      for (std::size_t i = 0; i < shapes_.size(); ++i)
        for (int axis = 0; axis < max_rank; ++axis) shapes_[i][static_cast<std::size_t>(axis)] = axis < result_shapes[i].rank ? b(result_shapes[i][axis]) : 0;
  }

  static void check_extents(const binding& b) {
    static constexpr auto shapes = Program::graph.shapes;  // without the graph, which stays in the compiler
    for (const auto& s : shapes)
      for (int axis = 0; axis < s.rank; ++axis) {
        if (b(s[axis]) >= 0) continue;
        text d;
        s[axis].print(d);
        raise(error("run: the extent " + std::string(d.view()) + " of what is computed is " + std::to_string(b(s[axis])) + " for what is fed"));
      }
  }

  /// Made where it stands in the tuple: moved there, a view would be loaded before its parts have been stored.
  template <int I> struct result_in_place {
    const runner* of;
    operator auto() const { return of->template result<I>(); }
  };
  template <std::size_t... I> auto results(std::index_sequence<I...>) const {
    return std::tuple<decltype(result<static_cast<int>(I)>())...>(result_in_place<static_cast<int>(I)>{this}...);
  }
  template <int I> auto result() const {
    constexpr int node = Program::graph.outputs[static_cast<std::size_t>(I)];
    using T = element_of<Program::graph[node].type>;
    constexpr auto s = Program::graph.shape_of(node);
    const T* data = nullptr;
    if constexpr (!on_device) data = static_cast<const T*>(executor_.output(I));
    if constexpr (s.rank == 0 && !on_device) {
      return *data;
    } else {
      array_view<const T, static_cast<std::size_t>(s.rank)> v{data, {}};
      for (std::size_t i = 0; i < v.extents.size(); ++i) {
        if constexpr (Program::is_static) v.extents[i] = s[static_cast<int>(i)].constant;
        else v.extents[i] = shapes_[I][i];
      }
      if constexpr (on_device) return executor_.template result<T, I>(v.extents);
      else return v;
    }
  }

  static constexpr auto result_shapes = [] {
    std::array<shape, Program::graph.outputs.size()> s{};
    for (std::size_t i = 0; i < s.size(); ++i) s[i] = Program::graph.shape_of(Program::graph.outputs[i]);
    return s;
  }();

  executor executor_;
  staging staging_;
  binding binding_;
  bool bound_ = false;
  std::array<std::int64_t, Program::graph.leaves.size()> sizes_ = [] {  ///< elements of each leaf as it is bound
    std::array<std::int64_t, Program::graph.leaves.size()> none{};
    for (auto& n : none) n = -1;
    return none;
  }();
  std::array<std::array<std::int64_t, max_rank>, Program::is_static ? 0 : result_shapes.size()> shapes_{};  ///< of the results
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
