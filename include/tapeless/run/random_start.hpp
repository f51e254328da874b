#pragma once
#include <tapeless/core/philox.hpp>
#include <tapeless/graph/leaf.hpp>

#include <cmath>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
template <class T> void store_converted(void* data, std::int64_t first, const double* values, std::int64_t count) {
  T* const to = static_cast<T*>(data) + first;
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(values[i]);
}
inline void store_converted(void* data, dtype type, std::int64_t first, const double* values, std::int64_t count) {
  switch (type) {
    case dtype::f32: return store_converted<float>(data, first, values, count);
    case dtype::f64: return store_converted<double>(data, first, values, count);
    case dtype::i32: return store_converted<std::int32_t>(data, first, values, count);
    case dtype::i64: return store_converted<std::int64_t>(data, first, values, count);
    case dtype::boolean: return store_converted<bool>(data, first, values, count);
    case dtype::bf16: return store_converted<bfloat16>(data, first, values, count);
    case dtype::f16: return store_converted<float16>(data, first, values, count);
  }
}
}  // namespace detail

/// Sets a variable to its initial value. Element i depends on (seed, name, i) only, so adding a variable changes no other.
/// Values are drawn as doubles, by blocks: one function for all dtypes.
inline void initialize_variable(void* data, dtype type, const shape& s, const initializer& start, std::uint64_t seed, std::string_view name) {
  const auto n = element_count(s);
  const auto stream = hash_of(name);
  const double a = std::bit_cast<double>(start.a), b = std::bit_cast<double>(start.b);
  std::int64_t receptive = 1;
  for (int i = 0; i + 2 < s.rank; ++i) receptive *= s[i].constant;
  const auto fan_in = static_cast<double>(s.rank == 0 ? 1 : s.rank == 1 ? s[0].constant : receptive * s[s.rank - 2].constant);
  const auto fan_out = static_cast<double>(s.rank == 0 ? 1 : receptive * s[s.rank - 1].constant);
  const auto fill = [&](auto element) {
    constexpr std::int64_t block = 128;
    double values[block];
    for (std::int64_t first = 0; first < n; first += block) {
      const std::int64_t count = n - first < block ? n - first : block;
      for (std::int64_t i = 0; i < count; ++i) values[i] = element(static_cast<std::uint64_t>(first + i));
      detail::store_converted(data, type, first, values, count);
    }
  };
  const auto uniform_within = [&](double low, double high) {
    fill([=](std::uint64_t i) { return low + (high - low) * random_uniform<double>(seed, stream, i); });
  };
  const auto normal_around = [&](double mean, double deviation) {
    fill([=](std::uint64_t i) { return mean + deviation * random_normal<double>(seed, stream, i); });
  };
  switch (start.kind) {
    case initializer_kind::zeros:
    case initializer_kind::constant: fill([value = start.kind == initializer_kind::zeros ? 0 : a](std::uint64_t) { return value; }); break;
    case initializer_kind::uniform: uniform_within(a, b); break;
    case initializer_kind::normal: normal_around(a, b); break;
    case initializer_kind::truncated_normal: fill([=](std::uint64_t i) { return a + b * random_truncated_normal<double>(seed, stream, i); }); break;
    case initializer_kind::glorot_uniform: { const double r = std::sqrt(6 / (fan_in + fan_out)); uniform_within(-r, r); break; }
    case initializer_kind::glorot_normal: normal_around(0, std::sqrt(2 / (fan_in + fan_out))); break;
    case initializer_kind::he_uniform: { const double r = std::sqrt(6 / fan_in); uniform_within(-r, r); break; }
    case initializer_kind::he_normal: normal_around(0, std::sqrt(2 / fan_in)); break;
  }
}

}  // namespace tapeless
