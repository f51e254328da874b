#pragma once
#include <tapeless/cuda/loop_arguments.hpp>
#include <tapeless/device/launch.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::device {

template <int Accesses, int Loops> struct map_tiles_arguments {
  loop_arguments<Accesses, Loops> loop;
  std::int64_t tiles = 0;
  std::int64_t is_aligned = 0;
  std::int64_t turned = 0;  ///< by bit: the tensors that are read by way of shared memory
  divisor down, along;      ///< by the tiles of a plane, along its two loops
};

/// A loop that reduces nothing and reads tensors across, as an operand that is transposed: what are neighbours along the inner
/// loop lie far apart in memory, and neighbours in memory along another loop. A block takes tiles of both loops. It reads such a
/// tensor as that lies in memory, leaves it in shared memory, and computes along the inner loop. Tensors that find no room there
/// are read as by map_kernel.
template <std::uint64_t Hash> struct map_tiles_kernel {
  static constexpr int W = elements_of_map<Hash>;
  template <int N> using walk_of = loop_walk<Hash, N>;
  using walk = walk_of<W>;
  using slots = typename walk::slots;
  using facts = typename walk::facts;
  using cursor = typename walk::cursor;
  using arguments = map_tiles_arguments<facts::accesses, facts::loops>;
  template <int A> using element = typename slots::template element<A>;
  static constexpr int most_threads = 256;
  static constexpr const char* name = "loop by tiles";
  static constexpr std::int64_t most_blocks = 132 * 64;

  /// The loop along which crossed tensors lie, where arguments_of puts it; the inner one.
  static constexpr int turned_loop = facts::outer_loops - 1, inner = facts::loops - 1;

  /// A tile: so many elements of the turned loop, of which a warp reads whole sectors, by so many of the inner one.
  static constexpr int down = [] {
    std::int64_t narrowest = 8;
    for (int i = 0; i < facts::reads; ++i)
      if (const auto& a = facts::S.access[static_cast<std::size_t>(i)]; a.walk == inner_walk::strided) narrowest = std::min<std::int64_t>(narrowest, size_of(a.type));
    return narrowest < 4 ? 64 : 32;
  }();
  static constexpr int along = 64, rounds = down * along / most_threads;
  /// From one row of a tile in shared memory to the next: an odd number of banks, so that a warp that writes down meets each once.
  template <int A> static constexpr int pitch = along + (sizeof(element<A>) < 4 ? static_cast<int>(4 / sizeof(element<A>)) : 1);
  /// Where in shared memory the tile of each access stands, -1: nowhere; behind them, how much there is.
  static constexpr auto places = [] {
    constexpr std::int64_t most_shared = 40 << 10;
    std::array<std::int64_t, static_cast<std::size_t>(facts::accesses + 1)> at{};
    std::int64_t& used = at.back();
    for (std::size_t i = 0; i < at.size() - 1; ++i) {
      const auto& a = facts::S.access[i];
      const std::int64_t size = size_of(a.type), bytes = (down * (along + (size < 4 ? 4 / size : 1)) * size + 15) / 16 * 16;
      const bool fits = static_cast<int>(i) < static_cast<int>(facts::reads) && a.walk == inner_walk::strided && used + bytes <= most_shared;
      at[i] = fits ? used : -1;
      if (fits) used += bytes;
    }
    return at;
  }();
  template <int A> static constexpr std::int64_t shared_at = places[static_cast<std::size_t>(A)];
  template <int A> static constexpr bool is_crossed = shared_at<A> >= 0;
  static constexpr int crossed = [] {
    int n = 0;
    for (int i = 0; i < facts::accesses; ++i) n += places[static_cast<std::size_t>(i)] >= 0;
    return n;
  }();
  static constexpr bool applies = facts::outer_loops > 0 && crossed > 0;

  /// Whether tiles would be filled; if not, map_kernel does as well.
  static bool pays(const std::int64_t* numbers) { return numbers[inner] >= least_extent && turned_of(numbers) >= 0; }

  static arguments arguments_of(void* const* tensors, const std::int64_t* numbers) {
    constexpr int count = facts::loops + facts::accesses * (facts::loops + 1);
    std::int64_t turned[static_cast<std::size_t>(count)];
    std::copy_n(numbers, count, turned);
    const int from = turned_of(numbers);
    std::swap(turned[from], turned[turned_loop]);
    for (int i = 0; i < facts::accesses; ++i) std::swap(turned[strides_at(i) + from], turned[strides_at(i) + turned_loop]);
    arguments a{};
    walk::fill(a.loop, tensors, turned);
    a.is_aligned = turned[inner] % W == 0 && walk::is_aligned(a.loop);
    for (int i = 0; i < facts::reads; ++i)
      if (is_turned(turned, i, turned_loop)) a.turned |= std::int64_t{1} << i;
    const std::int64_t tiles_down = (turned[turned_loop] + down - 1) / down, tiles_along = (turned[inner] + along - 1) / along;
    a.tiles = tiles_down * tiles_along;
    for (int l = 0; l < turned_loop; ++l) a.tiles *= turned[l];
    a.down = divisor(tiles_down, a.tiles + 1), a.along = divisor(tiles_along, a.tiles + 1);
    return a;
  }
  static grid shape(const arguments& a) { return {.blocks = std::min(most_blocks, a.tiles), .threads = most_threads, .shared_bytes = places.back()}; }

  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    for (std::int64_t i = block.index; i < a.tiles; i += block.blocks) {
      block.each([&](int t) {
        const tile at = tile_of(a, i);
        detail::repeat<facts::reads>([&](auto access) {
          constexpr int A = decltype(access)::value;
          if constexpr (is_crossed<A>) {
            if (is_read_down<A>(a)) carry<A>(a, at, t, block.shared, std::make_index_sequence<static_cast<std::size_t>(rounds)>{});
          }
        });
      });
      block.barrier();
      block.each([&](int t) {
        const tile at = tile_of(a, i);
        if (a.is_aligned != 0) take<W>(a, at, t, block.shared);
        else take<1>(a, at, t, block.shared);
      });
      block.barrier();
    }
  }

  /// Where a tile begins, and what of it is there.
  struct tile {
    cursor at;
    std::int64_t down, along;
  };
  TAPELESS_HOST_DEVICE static tile tile_of(const arguments& a, std::int64_t i) {
    std::int64_t rest = i;
    const std::int64_t across = a.along.divide(rest) * along, under = a.down.divide(rest) * down;
    tile t{walk::start(a.loop), a.loop.extents[turned_loop] - under, a.loop.extents[inner] - across};
    walk::template move<0, turned_loop>(t.at, a.loop, rest);
    walk::template move<turned_loop, turned_loop + 1>(t.at, a.loop, under);
    walk::template move<inner, inner + 1>(t.at, a.loop, across);
    return t;
  }
  /// The element of a crossed tensor that a thread reads in a round; null: none.
  template <int A> TAPELESS_HOST_DEVICE static const element<A>* read_in(const tile& of, int t, int round) {
    const int p = t % down, i = t / down + round * (most_threads / down);
    return p < of.down && i < of.along ? slots::template address<A>(of.at, i) + p : nullptr;
  }
  /// Where it leaves it in shared memory, in elements.
  template <int A> TAPELESS_HOST_DEVICE static int left_at(int t, int round) { return t % down * pitch<A> + t / down + round * (most_threads / down); }
  /// Where a thread that computes N elements at once stands in a tile; behind its end: nowhere.
  template <int N> TAPELESS_HOST_DEVICE static int first_row(int t) { return t / (along / N); }
  template <int N> TAPELESS_HOST_DEVICE static int column(int t) { return t % (along / N) * N; }

 private:
  static constexpr std::int64_t least_extent = 16;
  static constexpr int strides_at(int access) { return facts::loops + access * (facts::loops + 1) + 1; }
  static bool is_turned(const std::int64_t* numbers, int access, int loop) {
    return places[static_cast<std::size_t>(access)] >= 0 && numbers[strides_at(access) + loop] == 1;
  }
  /// The outer loop along which most of the crossed tensors lie, the longest of them; -1: none.
  static int turned_of(const std::int64_t* numbers) {
    int best = -1, most = 0;
    for (int l = 0; l < facts::outer_loops; ++l) {
      int n = 0;
      for (int i = 0; i < facts::reads; ++i) n += is_turned(numbers, i, l);
      if (numbers[l] >= least_extent && n > 0 && (n > most || (n == most && numbers[l] > numbers[best]))) best = l, most = n;
    }
    return best;
  }
  /// One of one is: that is why the kernel runs.
  template <int A> TAPELESS_HOST_DEVICE static bool is_read_down(const arguments& a) {
    if constexpr (crossed == 1) return true;
    else return (a.turned >> A & 1) != 0;
  }

  /// All that is read is under way before anything waits for it.
  template <int A, std::size_t... K> TAPELESS_HOST_DEVICE static void carry(const arguments&, const tile& from, int t, std::byte* shared, std::index_sequence<K...>) {
    const element<A>* const at[]{read_in<A>(from, t, static_cast<int>(K))...};
    const element<A> x[]{(at[K] != nullptr ? *at[K] : element<A>{})...};
    element<A>* const to = reinterpret_cast<element<A>*>(shared + shared_at<A>);
    ((to[left_at<A>(t, static_cast<int>(K))] = x[K]), ...);
  }
  template <int N> TAPELESS_HOST_DEVICE static void take(const arguments& a, const tile& of, int t, std::byte* shared) {
    using slots_of = typename walk_of<N>::slots;
    using part = typename slots_of::part;
    const int i = column<N>(t);
    if (i >= of.along) return;
    for (int p = first_row<N>(t); p < down && p < of.down; p += most_threads / (along / N)) {
      cursor at = of.at;
      walk::template move<turned_loop, turned_loop + 1>(at, a.loop, p);
      detail::repeat<facts::reads>([&](auto access) {
        constexpr int A = decltype(access)::value;
        if constexpr (is_crossed<A>) {
          if (is_read_down<A>(a)) at.pointers[A] = shared + shared_at<A> + static_cast<std::int64_t>(sizeof(element<A>)) * p * pitch<A>, at.strides[A] = 1;
        }
      });
      typename slots_of::registers r{};
      slots_of::template compute<part::uniform, 0, true>(r, at, i);
      slots_of::template elements<0, true>(r, at, i);
    }
  }
};

}  // namespace tapeless::device
