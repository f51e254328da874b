#include <doctest/doctest.h>

#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tapeless/backend/simd/math.hpp>
#include <type_traits>
#include <vector>

using namespace tapeless;
using wide::mask;
using wide::vec;

namespace {

template <class T> T sentinel() { return static_cast<T>(-77); }

template <class T> std::vector<T> counting(int n, T first = T{1}) {
  std::vector<T> values;
  for (int i = 0; i < n; ++i) values.push_back(static_cast<T>(first + static_cast<T>(i)));
  return values;
}

template <class T> bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return (a == b && std::signbit(a) == std::signbit(b)) || (a != a && b != b);
  else
    return a == b;
}

// Values at which integer and floating arithmetic get interesting.
template <class T> std::vector<T> awkward() {
  using limits = std::numeric_limits<T>;
  std::vector<T> values{0, 1, 2, 3, 7, limits::max(), limits::lowest(), static_cast<T>(-1), static_cast<T>(-5)};
  if constexpr (std::is_floating_point_v<T>)
    for (T x : {-T{0}, T(0.5), limits::min(), limits::denorm_min(), limits::infinity(), -limits::infinity(),
                limits::quiet_NaN()})
      values.push_back(x);
  return values;
}

// How many lanes of f(x, y) are not what g says for their elements.
template <class T, class F, class G> int mismatches(F f, G g) {
  int count = 0;
  for (T x : awkward<T>())
    for (T y : awkward<T>()) {
      const auto result = f(vec<T>(x), vec<T>(y));
      const auto expected = g(x, y);
      for (int lane = 0; lane < vec<T>::size; ++lane) count += !same(result[lane], expected);
    }
  return count;
}

}  // namespace

TEST_CASE_TEMPLATE("vec: load and store, whole and partial", T, float, double, std::int32_t, std::int64_t) {
  constexpr int size = vec<T>::size;
  for (int n = 0; n <= size; ++n) {
    const auto from = counting<T>(n);  // exactly n elements, so that a sanitizer sees a read beyond them
    std::vector<T> to(static_cast<std::size_t>(size) + 2, sentinel<T>());
    const auto values = vec<T>::load_partial(from.data(), n);
    values.store_partial(to.data() + 1, n);
    CHECK(to[0] == sentinel<T>());
    for (int i = 0; i < n; ++i) CHECK(to[static_cast<std::size_t>(i) + 1] == from[static_cast<std::size_t>(i)]);
    for (int i = n; i <= size; ++i) CHECK(to[static_cast<std::size_t>(i) + 1] == sentinel<T>());
    for (int i = n; i < size; ++i) CHECK(values[i] == (n > 0 ? from.back() : T{0}));
    const auto padded = vec<T>::load_partial(from.data(), n, T{9});
    for (int i = 0; i < size; ++i) CHECK(padded[i] == (i < n ? from[static_cast<std::size_t>(i)] : T{9}));
  }
  const auto from = counting<T>(size + 1);
  std::vector<T> to(from.size());
  vec<T>::load(from.data() + 1).store(to.data() + 1);  // no alignment needed
  for (int i = 1; i <= size; ++i) CHECK(to[static_cast<std::size_t>(i)] == from[static_cast<std::size_t>(i)]);
}

TEST_CASE_TEMPLATE("vec: gather, iota, broadcast", T, float, double, std::int32_t, std::int64_t) {
  constexpr int size = vec<T>::size;
  for (int stride : {0, 1, 3, -2}) {
    const auto from = counting<T>(4 * size);
    const T* start = from.data() + (stride < 0 ? 4 * size - 1 : 0);
    const auto whole = vec<T>::gather(start, stride);
    for (int i = 0; i < size; ++i) CHECK(whole[i] == start[i * stride]);
    for (int n = 0; n <= size; ++n) {
      const auto part = vec<T>::gather_partial(start, stride, n);
      for (int i = 0; i < size; ++i) CHECK(part[i] == (n == 0 ? T{0} : start[(i < n ? i : n - 1) * stride]));
    }
  }
  const auto steps = vec<T>::iota(T{5});
  const vec<T> fives = T{5};
  for (int i = 0; i < size; ++i) {
    CHECK(steps[i] == static_cast<T>(5 + i));
    CHECK(fives[i] == T{5});
  }
}

TEST_CASE_TEMPLATE("vec: arithmetic as tapeless::math has it", T, float, double, std::int32_t, std::int64_t) {
  CHECK(mismatches<T>([](auto x, auto y) { return x + y; }, [](T x, T y) { return math::add(x, y); }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return x - y; }, [](T x, T y) { return math::subtract(x, y); }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return x * y; }, [](T x, T y) { return math::multiply(x, y); }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return x / y; }, [](T x, T y) { return math::divide(x, y); }) == 0);
  CHECK(mismatches<T>([](auto x, auto) { return -x; }, [](T x, T) { return math::negate(x); }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return min(x, y); }, [](T x, T y) { return math::min(x, y); }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return max(x, y); }, [](T x, T y) { return math::max(x, y); }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return mod(x, y); }, [](T x, T y) { return math::mod(x, y); }) == 0);
  CHECK(mismatches<T>([](auto x, auto) { return abs(x); }, [](T x, T) { return math::abs(x); }) == 0);
  CHECK(mismatches<T>([](auto x, auto) { return sign(x); }, [](T x, T) { return math::sign(x); }) == 0);
  if constexpr (std::is_integral_v<T>)
    CHECK(mismatches<T>([](auto x, auto y) { return pow(x, y); }, [](T x, T y) { return math::pow(x, y); }) == 0);
}

TEST_CASE("vec: a wrong lane is noticed") {
  CHECK(mismatches<float>([](auto x, auto) { return x; }, [](float, float y) { return y; }) > 0);
}

TEST_CASE_TEMPLATE("vec: comparisons and select", T, float, double, std::int32_t, std::int64_t) {
  CHECK(mismatches<T>([](auto x, auto y) { return x < y; }, [](T x, T y) { return x < y; }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return x <= y; }, [](T x, T y) { return x <= y; }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return x > y; }, [](T x, T y) { return x > y; }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return x >= y; }, [](T x, T y) { return x >= y; }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return x == y; }, [](T x, T y) { return x == y; }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return x != y; }, [](T x, T y) { return x != y; }) == 0);
  CHECK(mismatches<T>([](auto x, auto y) { return select(x < y, x, y); }, [](T x, T y) { return x < y ? x : y; }) == 0);

  const auto lanes = vec<T>::iota(T{0});
  const auto odd = select(lanes < vec<T>(T{2}), lanes, vec<T>(T{9}));
  for (int i = 0; i < vec<T>::size; ++i) CHECK(odd[i] == static_cast<T>(i < 2 ? i : 9));
}

TEST_CASE_TEMPLATE("vec: one mask for every element type of a size", Pair, std::pair<float, std::int32_t>,
                   std::pair<double, std::int64_t>) {
  using F = typename Pair::first_type;
  using I = typename Pair::second_type;
  static_assert(std::is_same_v<typename vec<F>::mask_type, typename vec<I>::mask_type>);
  const auto even = vec<I>::iota(I{0}) - (vec<I>::iota(I{0}) / vec<I>(I{2})) * vec<I>(I{2}) == vec<I>(I{0});
  const auto chosen = select(even, vec<F>(F{1}), vec<F>(F{-1}));
  for (int i = 0; i < vec<F>::size; ++i) CHECK(chosen[i] == (i % 2 == 0 ? F{1} : F{-1}));
  CHECK(all((chosen > vec<F>(F{0})) == even));
}

TEST_CASE_TEMPLATE("vec: mask", Mask, mask<4>, mask<8>) {
  constexpr int size = Mask::size;
  bool pattern[64], other[64];
  for (int i = 0; i < 64; ++i) {
    pattern[i] = i % 3 == 0;
    other[i] = i % 2 == 0;
  }
  const auto a = Mask::load(pattern), b = Mask::load(other);
  const auto check = [&](Mask result, auto expected) {
    bool lanes[64];
    result.store(lanes);
    for (int i = 0; i < size; ++i) {
      CHECK(lanes[i] == expected(pattern[i], other[i]));
      CHECK(result[i] == lanes[i]);
    }
  };
  check(a, [](bool x, bool) { return x; });
  check(a & b, [](bool x, bool y) { return x && y; });
  check(a | b, [](bool x, bool y) { return x || y; });
  check(a ^ b, [](bool x, bool y) { return x != y; });
  check(!a, [](bool x, bool) { return !x; });
  check(a == b, [](bool x, bool y) { return x == y; });
  check(a != b, [](bool x, bool y) { return x != y; });
  check(logical_and(a, b), [](bool x, bool y) { return x && y; });
  check(logical_or(a, b), [](bool x, bool y) { return x || y; });
  check(logical_xor(a, b), [](bool x, bool y) { return x != y; });
  check(logical_not(a), [](bool x, bool) { return !x; });
  check(select(a, b, !b), [](bool x, bool y) { return x ? y : !y; });
  check(Mask(true), [](bool, bool) { return true; });
  check(Mask(false), [](bool, bool) { return false; });
  CHECK(any(a));
  CHECK_FALSE(all(a));
  CHECK(all(Mask(true)));
  CHECK_FALSE(any(Mask(false)));

  for (int n = 0; n <= size; ++n) {
    std::vector<char> storage(static_cast<std::size_t>(size) + 2, 2);
    auto* bytes = reinterpret_cast<bool*>(storage.data());
    const auto part = Mask::load_partial(pattern, n);
    part.store_partial(bytes + 1, n);
    CHECK(storage[0] == 2);
    for (int i = 0; i < n; ++i) CHECK(bytes[i + 1] == pattern[i]);
    for (int i = n; i <= size; ++i) CHECK(storage[static_cast<std::size_t>(i) + 1] == 2);
    for (int i = 0; i < size; ++i) {
      CHECK(part[i] == (n > 0 && pattern[i < n ? i : n - 1]));
      CHECK(Mask::first(n)[i] == (i < n));
    }
  }
}

TEST_CASE_TEMPLATE("vec: casts", Pair, std::pair<float, std::int32_t>, std::pair<double, std::int64_t>) {
  using F = typename Pair::first_type;
  using I = typename Pair::second_type;
  using wide::cast;
  for (F x : {F{0}, F(-0.0), F(2.9), F(-2.9), F(1e6), F(1e30), F(-1e30), std::numeric_limits<F>::infinity(),
              std::numeric_limits<F>::quiet_NaN()}) {
    CHECK(cast<I>(vec<F>(x))[0] == math::cast<I>(x));
    CHECK(cast<bool>(vec<F>(x))[0] == (x != F{0}));
  }
  CHECK(cast<I>(vec<F>(F(1e30)))[0] == std::numeric_limits<I>::min());
  for (I x : awkward<I>()) CHECK(cast<F>(vec<I>(x))[0] == static_cast<F>(x));
  const auto first = mask<sizeof(F)>::first(1);
  CHECK(cast<F>(first)[0] == F{1});
  CHECK(cast<F>(first)[1] == F{0});
  CHECK(cast<I>(first)[0] == I{1});
  CHECK(all(cast<bool>(first) == first));
  CHECK(all(cast<bool>(cast<I>(first)) == first));
}

TEST_CASE_TEMPLATE("vec: reductions fold halves in a fixed order", T, float, double, std::int32_t, std::int64_t) {
  const auto values = vec<T>::iota(T{1});
  const T n = static_cast<T>(vec<T>::size);
  CHECK(reduce_add(values) == static_cast<T>(n * (n + T{1}) / T{2}));
  CHECK(reduce_mul(select(values < vec<T>(T{6}), values, vec<T>(T{1}))) == (n == T{2}   ? T{2}
                                                                            : n == T{4} ? T{24}
                                                                                        : T{120}));
  CHECK(reduce_min(values) == T{1});
  CHECK(reduce_max(-values) == static_cast<T>(-1));
  CHECK(reduce_max(values) == n);
  if constexpr (std::is_floating_point_v<T>) {
    T lanes[64];
    for (int hole = 0; hole < vec<T>::size; ++hole) {
      values.store(lanes);
      lanes[hole] = std::numeric_limits<T>::quiet_NaN();
      CHECK(std::isnan(reduce_min(vec<T>::load(lanes))));
      CHECK(std::isnan(reduce_max(vec<T>::load(lanes))));
    }
  }
}

TEST_CASE_TEMPLATE("vec: sums in narrowing registers are the same bits", T, float, double) {
  constexpr auto n = static_cast<std::size_t>(vec<T>::size);
  T lanes[n];
  bool order_matters = n == 2;
  for (int k = 0; k < 100; ++k) {
    T in_order = 0;
    for (std::size_t i = 0; i < n; ++i) lanes[i] = T(1) / static_cast<T>(3 + 7 * i + static_cast<std::size_t>(k)) * (k % 3 == 0 ? T(-1e3) : T(1)), in_order += lanes[i];
    CHECK(sum_of_lanes(vec<T>::load(lanes)) == reduce_add(vec<T>::load(lanes)));
    order_matters = order_matters || in_order != reduce_add(vec<T>::load(lanes));
  }
  CHECK(order_matters);
}
TEST_CASE_TEMPLATE("vec: padding lanes raise no floating-point flags", T, float, double) {
  const T values[] = {T{3}, T{4}};
  volatile T sum = 0;
  std::feclearexcept(FE_ALL_EXCEPT);
  for (int n = 1; n <= 2; ++n) sum = sum + reduce_add(sqrt(vec<T>(T{1}) / log(vec<T>::load_partial(values, n))));
  CHECK(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW) == 0);
}
