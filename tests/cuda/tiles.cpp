#include "support/device_loops.hpp"
#include "support/waves.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <set>

// Loops of a card that read across: transposed operands by way of tiles in shared memory.

namespace checks {

using namespace tl::literals;
using tl::test::waves;

constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
constexpr tl::placeholder<"z", float, "N"_d, "M"_d> z;
constexpr tl::placeholder<"u", float, "N"_d, "M"_d> u;
constexpr tl::placeholder<"v", float, "N"_d, "M"_d> v;
constexpr tl::placeholder<"w", float, "N"_d, "M"_d> w;
constexpr tl::placeholder<"d", double, "N"_d, "M"_d> d;
constexpr tl::placeholder<"e", double, "N"_d, "M"_d> e;
constexpr tl::placeholder<"b", bool, "N"_d, "M"_d> b;
constexpr tl::placeholder<"h", tl::bfloat16, "N"_d, "M"_d> h;
constexpr tl::placeholder<"row", float, "N"_d> row;
constexpr tl::placeholder<"column", float, "M"_d, 1> column;

/// Elements that are no sums: the kernels' are those of tl::simd, bit by bit.
template <class... Fetches> struct both {
  static constexpr int with_tiles = []<std::size_t... K>(std::index_sequence<K...>) {
    using program = tl::device::planned<tl::program<Fetches...>>;
    return (0 + ... + tl::device::map_tiles_kernel<tl::device::loop_of<program, static_cast<int>(K)>::hash>::applies);
  }(std::make_index_sequence<static_cast<std::size_t>(tl::device::planned<tl::program<Fetches...>>::kernels)>{});
  tl::session_type<device_loops, Fetches...> device;
  tl::session_type<tl::simd, Fetches...> simd;
  explicit both(Fetches...) {}
  template <class... Feeds> bool same(Feeds... feeds) {
    const auto p = device.run(feeds...);
    const auto q = simd.run(feeds...);
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return (same_one(std::get<I>(p), std::get<I>(q)) && ...); }(std::make_index_sequence<sizeof...(Fetches)>{});
  }
  template <class T> static bool same_one(const T& p, const T& q) { return p.shape() == q.shape() && std::equal(p.begin(), p.end(), q.begin()); }
};

/// Calls f with each extents and how far operands are from where they would be aligned.
template <class F> void each_matrix(F f) {
  for (const std::int64_t m : {0, 1, 15, 16, 31, 32, 70, 200})
    for (const std::int64_t n : {1, 16, 17, 64, 68, 130})
      for (const std::int64_t shift : {0, 1}) {
        CAPTURE(m);
        CAPTURE(n);
        CAPTURE(shift);
        f(m, n, shift);
      }
}
/// Numbers 0 to 250, with an element more.
template <class T> std::vector<T> counted(std::int64_t n) {
  std::vector<T> all;
  for (std::int64_t i = 0; i <= n; ++i) all.push_back(T(static_cast<float>(i * 7 % 251)));
  return all;
}

TEST_CASE("tiles: matrices of all extents") {
  both one(x * row - tl::transpose(z) * column);
  both two(tl::transpose(z) - x * tl::transpose(u));
  both five(tl::transpose(z) - x * tl::transpose(u), tl::transpose(v), tl::transpose(z) * tl::transpose(v) + tl::cast<float>(tl::transpose(d)), tl::transpose(w) + tl::transpose(u));
  static_assert(one.with_tiles == 1 && two.with_tiles == 1 && five.with_tiles == 1);
  each_matrix([&](auto m, auto n, auto shift) {
    const auto xs = waves<float>(m * n + 1, 0.7), zs = waves<float>(m * n + 1, 0.3), us = waves<float>(m * n, 0.2), vs = waves<float>(m * n, 0.1), rows = waves<float>(n, 0.9), columns = waves<float>(m, 0.5);
    const auto ds = waves<double>(m * n, 0.6);
    const auto at = [&](const auto& numbers) { return tl::view(numbers.data() + shift, n, m); };
    CHECK(one.same(x = tl::view(xs.data() + shift, m, n), z = at(zs), row = tl::view(rows.data(), n), column = tl::view(columns.data(), m, std::int64_t{1})));
    CHECK(two.same(x = tl::view(xs.data() + shift, m, n), z = at(zs), u = tl::view(us.data(), n, m)));
    CHECK(five.same(x = tl::view(xs.data(), m, n), z = at(zs), u = tl::view(us.data(), n, m), v = tl::view(vs.data(), n, m), w = at(xs), d = tl::view(ds.data(), n, m)));
  });
}
TEST_CASE("tiles: other dtypes") {
  both doubles(tl::transpose(d) * tl::transpose(e) - 0.5_c);
  both bytes(tl::transpose(b));
  both halves(tl::transpose(h));
  both mixed(tl::where(tl::transpose(b), tl::transpose(d), tl::cast<double>(x)));
  both wider(tl::cast<float>(tl::transpose(h)) * row);
  static_assert(doubles.with_tiles == 1 && bytes.with_tiles == 1 && halves.with_tiles == 1 && mixed.with_tiles == 1 && wider.with_tiles == 1);
  each_matrix([&](auto m, auto n, auto shift) {
    const auto ds = waves<double>(m * n + 1, 0.6), es = waves<double>(m * n, 0.4);
    const auto xs = waves<float>(m * n, 0.7), rows = waves<float>(n, 0.9);
    const auto hs = counted<tl::bfloat16>(m * n);
    const auto bs = std::make_unique<bool[]>(static_cast<std::size_t>(m * n + 1));
    for (std::int64_t i = 0; i < m * n; ++i) bs[static_cast<std::size_t>(i)] = i * 31 % 7 < 4;
    const auto at = [&](const auto* numbers) { return tl::view(numbers + shift, n, m); };
    const bool* const bools = bs.get();
    CHECK(doubles.same(d = at(ds.data()), e = tl::view(es.data(), n, m)));
    CHECK(bytes.same(b = at(bools)));
    CHECK(halves.same(h = at(hs.data())));
    CHECK(mixed.same(b = at(bools), d = at(ds.data()), x = tl::view(xs.data(), m, n)));
    CHECK(wider.same(h = at(hs.data()), row = tl::view(rows.data(), n)));
  });
}

TEST_CASE("tiles: an element that is another is found") {
  both s(tl::transpose(z) + x);
  auto xs = waves<float>(70 * 70, 0.7), others = xs;
  others[69] = 3;
  const auto run = [](auto& session, const auto& zs, const auto& numbers) { return std::get<0>(session.run(x = tl::view(numbers.data(), 70, 70), z = tl::view(zs.data(), 70, 70))); };
  CHECK(s.same_one(run(s.device, xs, xs), run(s.simd, xs, xs)));
  CHECK(!s.same_one(run(s.device, xs, xs), run(s.simd, others, xs)));
}

constexpr tl::placeholder<"t", float, "A"_d, "B"_d, "C"_d> t;
constexpr tl::placeholder<"g", float, "C"_d, "A"_d, "B"_d> g;
constexpr tl::placeholder<"f", float, "A"_d, "B"_d, 3, "C"_d> f;

TEST_CASE("tiles: axes in other orders") {
  both s(tl::transpose<0, 2, 1>(t), tl::transpose<2, 1, 0>(t) + 1.0_c, tl::transpose<2, 0, 1>(t), tl::transpose<1, 2, 0>(t) - 1.0_c, tl::transpose<0, 3, 1, 2>(f), tl::transpose<3, 2, 1, 0>(f) * 2.0_c,
         tl::transpose<1, 0, 3, 2>(f), tl::transpose<2, 1, 0>(t) + tl::transpose<0, 2, 1>(g));
  static_assert(s.with_tiles == 7);
  for (const std::int64_t m : {0, 3, 16, 40})
    for (const std::int64_t n : {1, 5, 33})
      for (const std::int64_t k : {1, 18, 70}) {
        CAPTURE(m);
        CAPTURE(n);
        CAPTURE(k);
        const auto ts = waves<float>(m * n * k, 0.7), fs = waves<float>(m * n * 3 * k, 0.3), gs = waves<float>(m * n * k, 0.4);
        CHECK(s.same(t = tl::view(ts.data(), m, n, k), g = tl::view(gs.data(), k, m, n), f = tl::view(fs.data(), m, n, std::int64_t{3}, k)));
      }
}

/// Loop K of a program, with operands that stand nowhere.
template <class Program, int K> struct addresses {
  static constexpr auto hash = tl::device::loop_of<Program, K>::hash;
  using tiles = tl::device::map_tiles_kernel<hash>;
  using plain = tl::device::map_kernel<hash>;
  std::vector<std::int64_t> numbers;
  std::vector<void*> tensors;

  addresses(std::int64_t m, std::int64_t n) {
    constexpr auto& k = Program::plan.kernels[K];
    tl::binding bound;
    bound.add(tl::symbol("M"), m), bound.add(tl::symbol("N"), n);
    const auto all = tl::numbers_of(Program::graph, Program::plan, bound);
    numbers.assign(all.begin() + k.first_number, all.begin() + k.first_number + k.number_count);
    for (int i = 0; i < k.access_count; ++i) tensors.push_back(reinterpret_cast<void*>(std::uintptr_t{1} << 40 | static_cast<std::uintptr_t>(i) << 36));
  }
};
/// Sectors of 32 bytes that a warp touches at once.
struct sectors {
  std::set<std::uintptr_t> touched;
  template <class T> void add(const T* p) { touched.insert(reinterpret_cast<std::uintptr_t>(p) / 32); }
};

/// The most sectors of one access of a warp: what tiles read of access A.
template <int A, class Of> std::size_t most_sectors(const Of& of) {
  using tiles = typename Of::tiles;
  const auto a = tiles::arguments_of(of.tensors.data(), of.numbers.data());
  std::size_t most = 0;
  for (std::int64_t i = 0; i < a.tiles; ++i)
    for (int first = 0; first < tiles::most_threads; first += 32)
      for (int round = 0; round < tiles::rounds; ++round) {
        sectors s;
        for (int thread = first; thread < first + 32; ++thread)
          if (const auto* p = tiles::template read_in<A>(tiles::tile_of(a, i), thread, round)) s.add(p);
        most = std::max(most, s.touched.size());
      }
  return most;
}
/// The most that walk along the inner loop: elements E of each thread of map_kernel.
template <int A, class Of> std::size_t most_sectors_plain(const Of& of) {
  using plain = typename Of::plain;
  using walk = typename plain::template walk<plain::W>;
  const auto a = plain::arguments_of(of.tensors.data(), of.numbers.data());
  std::size_t most = 0;
  for (std::int64_t first = 0; first + 32 <= a.units; first += 32)
    for (int i = 0; i < plain::W; ++i) {
      sectors s;
      for (std::int64_t unit = first; unit < first + 32; ++unit) {
        auto at = walk::start(a.loop);
        const auto line = a.along.quotient(unit);
        walk::template move<0, plain::facts::outer_loops>(at, a.loop, line);
        s.add(walk::slots::template address<A>(at, (unit - line * a.along.number) * plain::W + i));
      }
      most = std::max(most, s.touched.size());
    }
  return most;
}
/// The most threads of a warp that meet in one bank of shared memory with different words.
template <int A, class Of> int most_in_a_bank() {
  using tiles = typename Of::tiles;
  using element = typename tiles::template element<A>;
  constexpr int of_warp = sizeof(element) == 8 ? 16 : 32;  // that go at once
  int most = 0;
  for (int first = 0; first < tiles::most_threads; first += of_warp) {
    std::set<int> words[32];
    for (int thread = first; thread < first + of_warp; ++thread)
      for (std::size_t at = 0; at < sizeof(element); at += 4) {
        const int word = static_cast<int>((sizeof(element) * static_cast<std::size_t>(tiles::template left_at<A>(thread, 0)) + at) / 4);
        words[word % 32].insert(word);
      }
    for (const auto& of_bank : words) most = std::max(most, static_cast<int>(of_bank.size()));
  }
  return most;
}

template <class... E> using planned = tl::device::planned<tl::program<std::remove_const_t<E>...>>;

TEST_CASE("tiles: a warp reads whole sectors") {
  using floats = addresses<planned<decltype(tl::transpose(z) + x)>, 0>;
  using doubles = addresses<planned<decltype(tl::transpose(d) * 2.0_c)>, 0>;
  using bools = addresses<planned<decltype(tl::transpose(b))>, 0>;
  using narrow = addresses<planned<decltype(tl::transpose(h))>, 0>;
  CHECK(most_in_a_bank<0, floats>() == 1);
  CHECK(most_in_a_bank<0, narrow>() == 1);
  CHECK(most_in_a_bank<0, doubles>() == 1);
  CHECK(most_in_a_bank<0, bools>() == 1);
  for (const std::int64_t m : {64, 100, 131})
    for (const std::int64_t n : {64, 100, 257}) {
      CHECK(most_sectors<0>(floats(m, n)) <= 4 + 1);
      CHECK(most_sectors<0>(doubles(m, n)) <= 8 + 1);
      CHECK(most_sectors<0>(bools(m, n)) <= 1 + 1);
      CHECK(most_sectors<0>(narrow(m, n)) <= 2 + 1);
    }
  // The count finds what it is for.
  CHECK(most_sectors_plain<0>(floats(100, 100)) > 4 + 1);
  CHECK(most_sectors_plain<0>(doubles(100, 100)) > 8 + 1);
  CHECK(most_sectors_plain<0>(bools(100, 100)) > 1 + 1);
}

}  // namespace checks
