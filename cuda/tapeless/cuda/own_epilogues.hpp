#pragma once
#include <tapeless/cuda/product_request.hpp>
#include <tapeless/cuda/scatter.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// gelu_tanh and its slope.
TAPELESS_HOST_DEVICE inline float gelu_angle(float x) { return static_cast<float>(std::numbers::sqrt2 * std::numbers::inv_sqrtpi) * (x + 0.044715f * (x * x * x)); }
TAPELESS_HOST_DEVICE inline float gelu_value(float x) { return 0.5f * x * (1.0f + math::tanh(gelu_angle(x))); }
TAPELESS_HOST_DEVICE inline float gelu_slope(float x) {
  constexpr auto scale = static_cast<float>(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  const float angle = gelu_angle(x);
  return 0.5f * (1.0f + math::tanh(angle)) + 0.5f * x * math::tanh_slope(angle) * (scale * (1.0f + 3 * 0.044715f * (x * x)));
}

/// Bias and activation of a product that no library has computed, in its place.
struct finish_product_kernel {
  struct arguments {
    float* y;
    const float* bias;
    float* input;  ///< of gelu, where that is kept
    std::int64_t count, leading;
    divisor columns;
    epilogue finish;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "finish_product";
  static grid shape(const arguments& a) { return grid_of_items(a.count); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, a.count, [&](std::int64_t item) {
      std::int64_t row = item;
      const std::int64_t column = a.columns.divide(row);
      float& y = a.y[row * a.leading + column];
      float x = y;
      if (has_bias(a.finish)) x += a.bias[column];
      if (writes_input(a.finish)) a.input[item] = x;
      if (is_gelu(a.finish)) x = gelu_value(x);
      else if (is_relu(a.finish)) x = x <= 0 ? 0.0f : x;
      y = x;
    });
  }
};

/// Numbers in two bytes each.
template <class T> struct narrow_kernel {
  struct arguments {
    T* to;
    const float* from;
    std::int64_t count;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "narrow";
  static grid shape(const arguments& a) { return grid_of_items(a.count); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, a.count, [&](std::int64_t item) { a.to[item] = static_cast<T>(a.from[item]); });
  }
};

/// The mask of a result: a thread for each 32 of its bits.
struct mask_kernel {
  struct arguments {
    const float* y;
    std::uint32_t* mask;
    std::int64_t words, columns, leading;
    divisor row_words;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "mask";
  static grid shape(const arguments& a) { return grid_of_items(a.words); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, a.words, [&](std::int64_t item) {
      std::int64_t row = item;
      const std::int64_t first = a.row_words.divide(row) * 32;
      std::uint32_t bits = 0;
      for (int i = 0; i < 32; ++i)
        if (first + i < a.columns && a.y[row * a.leading + first + i] > 0) bits |= std::uint32_t{1} << i;
      a.mask[item] = bits;
    });
  }
};

/// Sums of columns, a thread for each column of a slice of the rows; first what the mask leaves out becomes 0, or each is multiplied
/// by the slope of gelu.
struct columns_kernel {
  static constexpr int threads = 128;
  struct arguments {
    const float* x;
    float* y;                   ///< where that is written; null: nothing is
    const std::uint32_t* mask;  ///< null: all remains
    const float* input;         ///< of gelu, (rows, columns); null: it was not that
    float* sums;                ///< (slices, columns); null: none are wanted
    std::int64_t rows, columns, leading, row_words, slices, slice_rows;
  };
  static constexpr int most_threads = threads;
  static constexpr const char* name = "sums_of_columns";
  static std::int64_t tiles(std::int64_t columns) { return (columns + threads - 1) / threads; }
  static grid shape(const arguments& a) { return {tiles(a.columns) * a.slices, threads, 0}; }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    const auto slices = static_cast<std::uint32_t>(a.slices), number = static_cast<std::uint32_t>(block.index);
    const std::int64_t slice = number % slices, tile = number / slices, begin = slice * a.slice_rows;
    const std::int64_t end = begin + a.slice_rows < a.rows ? begin + a.slice_rows : a.rows;
    block.each([&](int thread) {
      const std::int64_t column = tile * threads + thread;
      if (column >= a.columns) return;
      float sum = 0;
      for (std::int64_t row = begin; row < end; ++row) {
        float x = a.x[row * a.leading + column];
        if (a.mask != nullptr && (a.mask[row * a.row_words + column / 32] >> (column % 32) & 1) == 0) x = 0;
        if (a.input != nullptr) x *= gelu_slope(a.input[row * a.columns + column]);
        if (a.y != nullptr) a.y[row * a.leading + column] = x;
        sum += x;
      }
      if (a.sums != nullptr) a.sums[slice * a.columns + column] = sum;
    });
  }
  static std::int64_t slices_of(std::int64_t rows) { return rows < 512 ? 1 : std::min<std::int64_t>(rows / 256, 128); }
};

/// Bytes of scratch memory for what `launch_epilogue` does behind a product.
inline std::int64_t epilogue_scratch_bytes(epilogue e, std::int64_t m, std::int64_t n, std::int64_t k) {
  const bool of_operand = e == epilogue::sums_of_a || e == epilogue::sums_of_b;
  const auto slices = columns_kernel::slices_of(of_operand ? k : m), columns = e == epilogue::sums_of_a ? m : n;
  return has_sums(e) && slices > 1 ? slices * columns * static_cast<std::int64_t>(sizeof(float)) : 0;
}

/// The epilogue of a request whose product has been written already.
template <class Queue> void launch_epilogue(Queue& queue, const product_request& r) {
  float* const y = static_cast<float*>(r.y);
  const std::int64_t row_words = mask_row_bytes(r.n) / 4;
  if (r.finish == epilogue::none) return;
  if (has_sums(r.finish) || reads_mask(r.finish) || reads_input(r.finish)) {
    const bool of_a = r.finish == epilogue::sums_of_a, of_operand = of_a || r.finish == epilogue::sums_of_b;
    columns_kernel::arguments a{};
    a.x = !of_operand ? y : static_cast<const float*>(of_a ? r.a : r.b), a.y = of_operand ? nullptr : y;
    a.mask = reads_mask(r.finish) ? static_cast<const std::uint32_t*>(r.kept) : nullptr, a.input = reads_input(r.finish) ? static_cast<const float*>(r.kept) : nullptr;
    a.rows = of_operand ? r.k : r.m, a.columns = of_a ? r.m : r.n, a.leading = of_a ? r.a_layout.leading : of_operand ? r.b_layout.leading : r.y_layout.leading, a.row_words = row_words;
    a.slices = columns_kernel::slices_of(a.rows), a.slice_rows = (a.rows + a.slices - 1) / a.slices;
    float* const sums = static_cast<float*>(r.sums);
    a.sums = !has_sums(r.finish) ? nullptr : a.slices == 1 ? sums : reinterpret_cast<float*>(r.scratch);
    launch_on<columns_kernel>(queue, a);
    if (has_sums(r.finish) && a.slices > 1) launch_on<add_slices_kernel<float>>(queue, {sums, a.sums, a.slices, walk_over<1>({tensor_numbers{0, 1, {a.columns}, {1}}})});
    return;
  }
  launch_on<finish_product_kernel>(queue, {y, static_cast<const float*>(r.bias), static_cast<float*>(r.kept), r.m * r.n, r.y_layout.leading, divisor(r.n, r.m * r.n), r.finish});
  if (writes_mask(r.finish)) launch_on<mask_kernel>(queue, {y, static_cast<std::uint32_t*>(r.kept), r.m * row_words, r.n, r.y_layout.leading, divisor(row_words, r.m * row_words)});
}

}  // namespace tapeless::device
