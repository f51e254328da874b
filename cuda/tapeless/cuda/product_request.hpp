#pragma once
#include <tapeless/core/dtype.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <string>

namespace tapeless::inline TAPELESS_ABI::device {

/// How products of floats are computed: as floats, or by tensor cores from numbers of fewer bits, with sums of floats.
enum class product_mode : std::uint8_t { f32, tf32, bf16, f16 };

/// What a library does with the result of a product before it is written. `columns`: a number for each column of the result.
enum class epilogue : std::uint8_t {
  none,
  bias,             ///< y = x + bias(columns)
  relu,             ///< y = max(x, 0)
  relu_bias,        ///< y = max(x + bias, 0)
  relu_mask,        ///< as relu, and a bit for each element whether it is above 0
  relu_bias_mask,   ///< as relu_bias, and these bits
  gelu,             ///< y = gelu_tanh(x)
  gelu_bias,        ///< y = gelu_tanh(x + bias)
  gelu_input,       ///< as gelu, and what it is of
  gelu_bias_input,  ///< as gelu_bias, and what it is of
  drelu,            ///< y = x where the bit is set, else 0
  drelu_sums,       ///< that, and the sums of y over its rows (columns)
  dgelu,            ///< y = x times the slope of gelu_tanh at that input
  dgelu_sums,       ///< that, and the sums of y over its rows (columns)
  sums_of_b,        ///< y = x, and the sums of the right operand over its rows (columns)
  sums_of_a,        ///< y = x, and the sums of the left operand over its columns (a number for each row)
};
constexpr const char* name_of(epilogue e) {
  constexpr const char* names[]{"none",       "bias",            "relu",  "relu_bias",  "relu_mask", "relu_bias_mask", "gelu",      "gelu_bias",
                                "gelu_input", "gelu_bias_input", "drelu", "drelu_sums", "dgelu",     "dgelu_sums",     "sums_of_b", "sums_of_a"};
  return names[static_cast<int>(e)];
}
constexpr bool has_bias(epilogue e) {
  using enum epilogue;
  return e == bias || e == relu_bias || e == relu_bias_mask || e == gelu_bias || e == gelu_bias_input;
}
constexpr bool writes_mask(epilogue e) { return e == epilogue::relu_mask || e == epilogue::relu_bias_mask; }
constexpr bool reads_mask(epilogue e) { return e == epilogue::drelu || e == epilogue::drelu_sums; }
constexpr bool writes_input(epilogue e) { return e == epilogue::gelu_input || e == epilogue::gelu_bias_input; }
constexpr bool reads_input(epilogue e) { return e == epilogue::dgelu || e == epilogue::dgelu_sums; }
/// Whether something is kept from the product of the way forward for that of the way back.
constexpr bool has_kept(epilogue e) { return writes_mask(e) || reads_mask(e) || writes_input(e) || reads_input(e); }
constexpr bool has_mask(epilogue e) { return writes_mask(e) || reads_mask(e); }
constexpr bool is_gelu(epilogue e) { return writes_input(e) || e == epilogue::gelu || e == epilogue::gelu_bias; }
constexpr bool is_relu(epilogue e) { return writes_mask(e) || e == epilogue::relu || e == epilogue::relu_bias; }
constexpr bool has_sums(epilogue e) {
  using enum epilogue;
  return e == drelu_sums || e == dgelu_sums || e == sums_of_b || e == sums_of_a;
}
/// The same that also writes what its gradient needs.
constexpr epilogue that_keeps(epilogue e) {
  using enum epilogue;
  return e == relu ? relu_mask : e == relu_bias ? relu_bias_mask : e == gelu ? gelu_input : e == gelu_bias ? gelu_bias_input : e;
}

/// One of a batch of matrices: element (i, j) at i leading + j, or at i + j leading where columns are what is contiguous.
struct matrix_layout {
  std::int64_t leading = 0, batch_stride = 0;
  bool by_columns = false;
  friend constexpr bool operator==(const matrix_layout&, const matrix_layout&) = default;
};

/// A product y = a b as a library is asked for it; addresses are of the card. Rows of y are contiguous.
struct product_request {
  const void *a = nullptr, *b = nullptr;
  void* y = nullptr;
  std::int64_t m = 0, n = 0, k = 0, batches = 1;
  matrix_layout a_layout, b_layout, y_layout;
  dtype type = dtype::f32, stored = dtype::f32;  ///< of y; of a and b
  product_mode mode = product_mode::f32;
  epilogue finish = epilogue::none;
  const void* bias = nullptr;
  void* sums = nullptr;
  void* kept = nullptr;  ///< of relu: mask_row_bytes(n) for each row of y; of gelu: its input, n numbers for each
  std::byte* scratch = nullptr;
  std::int64_t scratch_bytes = 0;
};

/// What is multiplied, for messages.
inline std::string to_string(const product_request& r) {
  const auto matrix = [](std::int64_t rows, std::int64_t columns) { return std::to_string(rows) + "x" + std::to_string(columns); };
  return (r.batches > 1 ? std::to_string(r.batches) + " of " : "") + matrix(r.m, r.k) + " by " + matrix(r.k, r.n) + ", epilogue " + name_of(r.finish);
}

/// A bit for each element of a row, the first the lowest: in words of 128 bits as cuBLASLt has them, but never more bytes than the
/// row of floats has, whose memory they have; so rows of less than 4 are not for cuBLASLt.
constexpr std::int64_t mask_row_bytes(std::int64_t columns) { return columns < 4 ? 4 : (columns + 127) / 128 * 16; }

namespace detail {

template <class T, class In = T, class Out = T> void carry_out(const product_request& r) {
  const auto element = [](const matrix_layout& l, std::int64_t batch, std::int64_t i, std::int64_t j) { return batch * l.batch_stride + (l.by_columns ? i + j * l.leading : i * l.leading + j); };
  constexpr T scale = T(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  const In *a = static_cast<const In*>(r.a), *b = static_cast<const In*>(r.b);
  const T* const bias = static_cast<const T*>(r.bias);
  Out* const y = static_cast<Out*>(r.y);
  T *sums = static_cast<T*>(r.sums), *input = static_cast<T*>(r.kept);
  auto* const mask = static_cast<unsigned char*>(r.kept);
  if (has_sums(r.finish)) std::fill_n(sums, r.finish == epilogue::sums_of_a ? r.m : r.n, T{});
  if (writes_mask(r.finish)) std::memset(mask, 0, static_cast<std::size_t>(r.m * mask_row_bytes(r.n)));
  for (std::int64_t batch = 0; batch < r.batches; ++batch)
    for (std::int64_t i = 0; i < r.m; ++i)
      for (std::int64_t j = 0; j < r.n; ++j) {
        T x{};
        for (std::int64_t l = 0; l < r.k; ++l) x += static_cast<T>(a[element(r.a_layout, batch, i, l)]) * static_cast<T>(b[element(r.b_layout, batch, l, j)]);
        if (has_bias(r.finish)) x += bias[j];
        const auto byte = i * mask_row_bytes(r.n) + j / 8;
        const auto bit = static_cast<unsigned char>(1 << j % 8);
        if (writes_mask(r.finish) && x > 0) mask[byte] = static_cast<unsigned char>(mask[byte] | bit);
        if (writes_input(r.finish)) input[i * r.n + j] = x;
        if (is_relu(r.finish)) x = x <= 0 ? T{} : x;
        if (is_gelu(r.finish)) x = T(0.5) * x * (1 + std::tanh(scale * (x + T(0.044715) * x * x * x)));
        if (reads_mask(r.finish) && (mask[byte] & bit) == 0) x = T{};
        if (reads_input(r.finish)) {
          const T u = input[i * r.n + j], t = std::tanh(scale * (u + T(0.044715) * u * u * u));
          x *= T(0.5) * (1 + t) + T(0.5) * u * (1 - t * t) * scale * (1 + T(3 * 0.044715) * u * u);
        }
        if (r.finish == epilogue::drelu_sums || r.finish == epilogue::dgelu_sums) sums[j] += x;
        y[element(r.y_layout, batch, i, j)] = static_cast<Out>(x);
      }
  for (std::int64_t l = 0; l < r.k; ++l) {
    for (std::int64_t j = 0; j < r.n && r.finish == epilogue::sums_of_b; ++j) sums[j] += static_cast<T>(b[element(r.b_layout, 0, l, j)]);
    for (std::int64_t i = 0; i < r.m && r.finish == epilogue::sums_of_a; ++i) sums[i] += static_cast<T>(a[element(r.a_layout, 0, i, l)]);
  }
}

}  // namespace detail

/// Carries out a request by plain loops in memory of the host: what stands for the library where a card is simulated.
inline void carry_out(const product_request& r) {
  if (r.type == dtype::f64) detail::carry_out<double>(r);
  else if (r.type == dtype::bf16) detail::carry_out<float, bfloat16, bfloat16>(r);
  else if (r.type == dtype::f16) detail::carry_out<float, float16, float16>(r);
  else if (r.stored == dtype::bf16) detail::carry_out<float, bfloat16>(r);
  else if (r.stored == dtype::f16) detail::carry_out<float, float16>(r);
  else detail::carry_out<float>(r);
}

}  // namespace tapeless::device
