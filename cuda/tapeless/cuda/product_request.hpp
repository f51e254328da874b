#pragma once
#include <tapeless/core/dtype.hpp>

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
  bias,            ///< y = x + bias(columns)
  relu,            ///< y = max(x, 0)
  relu_bias,       ///< y = max(x + bias, 0)
  relu_bias_mask,  ///< that, and a bit for each element whether it is above 0
  gelu,            ///< y = gelu_tanh(x)
  gelu_bias,       ///< y = gelu_tanh(x + bias)
  drelu,           ///< y = x where the bit is set, else 0
  drelu_sums,      ///< that, and the sums of y over its rows (columns)
  sums_of_b,       ///< y = x, and the sums of the right operand over its rows (columns)
};
constexpr const char* name_of(epilogue e) {
  constexpr const char* names[]{"none", "bias", "relu", "relu_bias", "relu_bias_mask", "gelu", "gelu_bias", "drelu", "drelu_sums", "sums_of_b"};
  return names[static_cast<int>(e)];
}
constexpr bool has_bias(epilogue e) { return e == epilogue::bias || e == epilogue::relu_bias || e == epilogue::relu_bias_mask || e == epilogue::gelu_bias; }
constexpr bool has_mask(epilogue e) { return e == epilogue::relu_bias_mask || e == epilogue::drelu || e == epilogue::drelu_sums; }
constexpr bool has_sums(epilogue e) { return e == epilogue::drelu_sums || e == epilogue::sums_of_b; }

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
  dtype type = dtype::f32;
  product_mode mode = product_mode::f32;
  epilogue finish = epilogue::none;
  const void* bias = nullptr;
  void* sums = nullptr;
  void* mask = nullptr;  ///< mask_row_bytes(n) for each row of y
  std::byte* scratch = nullptr;
  std::int64_t scratch_bytes = 0;
};

/// What is multiplied, for messages.
inline std::string to_string(const product_request& r) {
  const auto matrix = [](std::int64_t rows, std::int64_t columns) { return std::to_string(rows) + "x" + std::to_string(columns); };
  return (r.batches > 1 ? std::to_string(r.batches) + " of " : "") + matrix(r.m, r.k) + " by " + matrix(r.k, r.n) + ", epilogue " + name_of(r.finish);
}

/// A bit for each element of a row, the first the lowest, in words of 128 bits as cuBLASLt has them.
constexpr std::int64_t mask_row_bytes(std::int64_t columns) { return (columns + 127) / 128 * 16; }

namespace detail {

template <class T> void carry_out(const product_request& r) {
  const auto element = [](const matrix_layout& l, std::int64_t batch, std::int64_t i, std::int64_t j) { return batch * l.batch_stride + (l.by_columns ? i + j * l.leading : i * l.leading + j); };
  const T *a = static_cast<const T*>(r.a), *b = static_cast<const T*>(r.b), *bias = static_cast<const T*>(r.bias);
  T *y = static_cast<T*>(r.y), *sums = static_cast<T*>(r.sums);
  auto* const mask = static_cast<unsigned char*>(r.mask);
  if (has_sums(r.finish))
    for (std::int64_t j = 0; j < r.n; ++j) sums[j] = T{};
  if (r.finish == epilogue::relu_bias_mask) std::memset(mask, 0, static_cast<std::size_t>(r.m * mask_row_bytes(r.n)));
  for (std::int64_t batch = 0; batch < r.batches; ++batch)
    for (std::int64_t i = 0; i < r.m; ++i)
      for (std::int64_t j = 0; j < r.n; ++j) {
        T x{};
        for (std::int64_t l = 0; l < r.k; ++l) x += a[element(r.a_layout, batch, i, l)] * b[element(r.b_layout, batch, l, j)];
        if (has_bias(r.finish)) x += bias[j];
        const auto byte = i * mask_row_bytes(r.n) + j / 8;
        const auto bit = static_cast<unsigned char>(1 << j % 8);
        switch (r.finish) {
          case epilogue::relu:
          case epilogue::relu_bias:
          case epilogue::relu_bias_mask:
            if (r.finish == epilogue::relu_bias_mask && x > 0) mask[byte] = static_cast<unsigned char>(mask[byte] | bit);
            x = x <= 0 ? T{} : x;
            break;
          case epilogue::gelu:
          case epilogue::gelu_bias: x = T(0.5) * x * (1 + std::tanh(T(std::numbers::sqrt2 * std::numbers::inv_sqrtpi) * (x + T(0.044715) * x * x * x))); break;
          case epilogue::drelu:
          case epilogue::drelu_sums:
            if ((mask[byte] & bit) == 0) x = T{};
            break;
          default: break;
        }
        if (r.finish == epilogue::drelu_sums) sums[j] += x;
        y[element(r.y_layout, batch, i, j)] = x;
      }
  if (r.finish == epilogue::sums_of_b)
    for (std::int64_t l = 0; l < r.k; ++l)
      for (std::int64_t j = 0; j < r.n; ++j) sums[j] += b[element(r.b_layout, 0, l, j)];
}

}  // namespace detail

/// Carries out a request by plain loops in memory of the host: what stands for the library where a card is simulated.
inline void carry_out(const product_request& r) {
  if (r.type == dtype::f64) detail::carry_out<double>(r);
  else detail::carry_out<float>(r);
}

}  // namespace tapeless::device
