#pragma once
#include <tapeless/cuda/memory.hpp>
#include <tapeless/run/array.hpp>
#include <tapeless/run/program.hpp>

#include <algorithm>
#include <array>
#include <ranges>
#include <vector>

namespace tapeless::inline TAPELESS_ABI::device {

/// One trivial kernel, to see whether the program holds code for the card; it counts the runs of a random state.
struct advance_kernel {
  struct arguments {
    std::int64_t* state;
  };
  static constexpr int most_threads = 32;
  static constexpr const char* name = "advance of the random state";
  static grid shape(const arguments&) { return {1, 32, 0}; }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    block.each([&](int thread) {
      if (thread == 0) ++a.state[1];
    });
  }
};

/// Refuses to begin where there is no card, its driver is too old, or the program holds no code for it.
inline const calls& verify_card(const calls& t) {
  int cards = 0;
  check(t, t.count_cards(&cards), {.call = "looking for a card"});
  if (cards == 0) refuse(t, no_card, {.call = "looking for a card"}, std::source_location::current());
  const advance_kernel::arguments none{};
  check(t, t.check_code(launch_of<advance_kernel>(none)), {.call = "looking for code for the card"});
  return t;
}

/// Tensors on the card that the host may look at and write to: it then has a copy of each, brought up to date when it is asked for,
/// and written back before the next run.
class mirrored {
 public:
  explicit mirrored(const calls& t) : queue_(verify_card(t)) {}

  device::queue& queue() { return queue_; }
  void use_stream(stream_handle s) { queue_.use(s); }
  void check_each_launch(bool is) { queue_.check_each_launch(is); }

  /// To read, or to write too.
  std::byte* look(std::size_t i, bool writes) {
    auto& m = mirrors_[i];
    if (!m.is_current) {
      m.copy.resize(m.bytes);
      queue_.name("a variable");
      queue_.copy(m.copy.data(), m.on_card, m.bytes);
      queue_.synchronize();
      m.is_current = true;
    }
    m.is_written = m.is_written || writes;
    return m.copy.data();
  }
  /// To write all of it.
  std::byte* rewrite(std::size_t i) {
    auto& m = mirrors_[i];
    m.copy.resize(m.bytes);
    m.is_current = m.is_written = true;
    return m.copy.data();
  }
  /// Before a run: what the host has written goes to the card.
  void flush() {
    for (auto& m : mirrors_) flush(m);
  }
  void bring_to_host(void* to, const void* from, std::size_t bytes) {
    queue_.name("what a part on the host reads");
    queue_.copy(to, from, bytes);
    queue_.synchronize();
  }
  void copy_on_device(void* to, const void* from, std::size_t bytes) {
    queue_.name("assignments");
    queue_.copy(to, from, bytes);
    forget();
  }
  /// After one: what the host knows is old.
  void forget() {
    for (auto& m : mirrors_) m.is_current = false;
  }
  /// On the card, as it is for the host, to be read and written there.
  void* on_card(std::size_t i) {
    flush(mirrors_[i]);
    mirrors_[i].is_current = false;
    return mirrors_[i].on_card;
  }

 protected:
  struct mirror {
    std::byte* on_card = nullptr;
    std::size_t bytes = 0;
    std::vector<std::byte> copy{};
    bool is_current = false, is_written = false;
  };
  void flush(mirror& m) {
    if (!m.is_written) return;
    queue_.name("a variable");
    queue_.copy(m.on_card, m.copy.data(), m.bytes);
    m.is_written = false;
  }
  device::queue queue_;
  std::vector<mirror> mirrors_;
};

/// What parts of a program on a card need where the session computes elsewhere.
template <class Calls> struct part_memory : mirrored {
  part_memory() : mirrored(Calls::table()) {}
};

/// A variable of a session on a card, seen by the host.
template <class T, std::size_t Rank> class variable_handle {
 public:
  variable_handle(mirrored& of, std::size_t index, const std::array<std::int64_t, Rank>& extents) : of_(&of), index_(index), extents_(extents) {}

  static constexpr std::size_t rank = Rank;
  const std::array<std::int64_t, Rank>& shape() const { return extents_; }
  std::size_t dimension() const { return Rank; }
  std::int64_t extent(std::size_t axis) const { return extents_[axis]; }
  std::int64_t size() const { return array_view<T, Rank>{nullptr, extents_}.size(); }

  /// What is written through these is on the card when the next run begins; they hold until then.
  T* data() { return elements(true); }
  T* begin() { return elements(true); }
  T* end() { return elements(true) + size(); }
  template <std::integral... I> requires(sizeof...(I) == Rank) T& operator()(I... i) { return array_view<T, Rank>{elements(true), extents_}(i...); }
  template <std::integral I> requires(Rank == 1) T& operator[](I i) { return elements(true)[i]; }
  const T* data() const { return elements(false); }
  const T* begin() const { return elements(false); }
  const T* end() const { return elements(false) + size(); }
  template <std::integral... I> requires(sizeof...(I) == Rank) const T& operator()(I... i) const { return array_view<T, Rank>{elements(false), extents_}(i...); }
  template <std::integral I> requires(Rank == 1) const T& operator[](I i) const { return elements(false)[i]; }

  array<T, Rank> to_host() const { return array<T, Rank>(array_view<const T, Rank>{elements(false), extents_}); }
  /// Sets all elements from a range of as many, in row-major order.
  template <std::ranges::sized_range Range> variable_handle& operator=(const Range& from) {
    if (static_cast<std::int64_t>(std::ranges::size(from)) != size())
      raise(error("a variable of " + std::to_string(size()) + " elements is given " + std::to_string(std::ranges::size(from))));
    std::ranges::copy(from, reinterpret_cast<T*>(of_->rewrite(index_)));
    return *this;
  }
  /// Its memory on the card.
  T* data_on_device() const { return static_cast<T*>(of_->on_card(index_)); }

 private:
  T* elements(bool writes) const { return reinterpret_cast<T*>(of_->look(index_, writes)); }
  mirrored* of_;
  std::size_t index_;
  std::array<std::int64_t, Rank> extents_;
};

/// The memory of a program's variables on the card, one block; the values outlive every run.
template <class Calls, class Program> class variable_memory : public mirrored {
  using leaves = leaf_table<Program>;

 public:
  std::array<void*, leaves::size> data{};  ///< by leaf; null for others

  variable_memory() : mirrored(Calls::table()) {
    mirrors_.resize(leaves::size);
    std::size_t total = 0;
    each([&](std::size_t i, std::size_t bytes) { mirrors_[i].bytes = bytes, total += align_up_to_line(bytes); });
    block_ = card_memory(queue_, total, "variables");
    std::size_t at = 0;
    each([&](std::size_t i, std::size_t bytes) { data[i] = mirrors_[i].on_card = block_.data() + at, at += align_up_to_line(bytes); });
    bytes_ = total;
  }

  /// Sets all of them as `start(memory by leaf)` does on the host, by one copy: either all change, or none.
  template <class F> void fill(F start) {
    std::vector<std::byte> image(bytes_);
    std::array<void*, leaves::size> on_host{};
    each([&](std::size_t i, std::size_t) { on_host[i] = image.data() + (static_cast<std::byte*>(data[i]) - block_.data()); });
    start(on_host);
    queue_.name("variables");
    queue_.copy(block_.data(), image.data(), bytes_);
    for (auto& m : mirrors_) m.is_current = m.is_written = false;
  }
  template <class T, std::size_t Rank> variable_handle<T, Rank> handle(std::size_t leaf, const array_view<T, Rank>& of) { return {*this, leaf, of.extents}; }

  /// The addresses of a program's leaves, and what a run tells of what the host has read and written.
  template <std::size_t Leaves> struct leaf_addresses : std::array<void*, Leaves> {
    mirrored* variables = nullptr;
  };
  template <std::size_t Leaves> leaf_addresses<Leaves> addresses() { return {{}, this}; }

 private:
  static std::size_t align_up_to_line(std::size_t n) { return (n + 255) / 256 * 256; }
  template <class F> static void each(F visit) {
    for (std::size_t i = 0; i < leaves::size; ++i)
      if (const auto& l = leaves::records[i]; l.kind == leaf_kind::variable) visit(i, static_cast<std::size_t>(element_count(l.shape) * size_of(l.type)));
  }
  card_memory block_;
  std::size_t bytes_ = 0;
};

}  // namespace tapeless::device
