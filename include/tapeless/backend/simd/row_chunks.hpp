#pragma once
#include <tapeless/backend/simd/row_passes.hpp>

#include <algorithm>
#include <new>

namespace tapeless::inline TAPELESS_ABI::wide {

/// Some kernels reduce by chunks of a fixed size, in whatever number of threads: the results of the chunks are combined in
/// their order. Most do not.
struct no_chunks {
  static constexpr bool applies = false;
};

inline constexpr std::int64_t chunk_elements = 1 << 15;

/// Elements of one step of a kernel's outermost loop.
template <class Spec> inline std::int64_t elements_of_step(const std::int64_t* numbers) {
  std::int64_t elements = 1;
  for (int l = 1; l < Spec::S.loops(); ++l) elements *= Spec::extent(numbers, l);
  return std::max<std::int64_t>(1, elements);
}

/// A single row, all of the tensor, is cut.
template <std::uint64_t Hash> struct chunks_of_row {
  using slots = loop_slots<Hash>;
  using passes = row_passes<Hash>;
  static constexpr auto& S = slots::S;
  static constexpr bool applies = S.mode == loop_mode::rows && S.outer_loops == 0 && S.passes() == 1 && !(S.reduced_loops == 0 && S.inner >= 0);

  static std::int64_t steps(const std::int64_t* numbers) { return std::max<std::int64_t>(1, chunk_elements / elements_of_step<slots>(numbers)); }
  static std::int64_t count(const std::int64_t* numbers) {
    const auto n = steps(numbers);
    return std::max<std::int64_t>(1, (slots::extent(numbers, 0) + n - 1) / n);
  }
  static std::int64_t bytes(const std::int64_t*) { return sizeof(found); }

  static void run(void* const* tensors, const std::int64_t* numbers, std::byte*) noexcept {
    const auto n = count(numbers);
    found total = reduce(tensors, numbers, 0);
    for (std::int64_t c = 1; c < n; ++c) add(total, reduce(tensors, numbers, c));
    write(tensors, numbers, total);
  }
  static void run_chunk(void* const* tensors, const std::int64_t* numbers, std::byte*, std::int64_t c, std::byte* result) noexcept { new (result) found(reduce(tensors, numbers, c)); }
  static void finish(void* const* tensors, const std::int64_t* numbers, std::byte* results) noexcept {
    auto* const chunk = reinterpret_cast<found*>(results);
    for (std::int64_t c = 1; c < count(numbers); ++c) add(chunk[0], chunk[c]);
    write(tensors, numbers, chunk[0]);
  }

 private:
  using found = typename slots::template registers<scalar_lanes>;

  static void add(found& total, found chunk) {
    slots::template each_reduction<0>([&](auto s, auto op) { detail::get<s>(total) = decltype(op)::type::combine(detail::get<s>(total), detail::get<s>(chunk)); });
  }
  static found reduce(void* const* tensors, const std::int64_t* numbers, std::int64_t c) {
    found result;
    const auto n = steps(numbers);
    typename slots::part_of_domain part(numbers);
    part.narrow(0, c * n, std::min(slots::extent(numbers, 0), (c + 1) * n));
    if constexpr (S.any_before()) passes::begin_row(slots::cursor_of(tensors, numbers), numbers, result);
    passes::template reduce_row<0>(slots::cursor_of(tensors, part.numbers.data()), part.numbers.data(), nullptr, nullptr, result);
    return result;
  }
  static void write(void* const* tensors, const std::int64_t* numbers, found& total) {
    passes::begin_row(slots::cursor_of(tensors, numbers), numbers, total);
    passes::template finish_row<0>(slots::cursor_of(tensors, numbers), numbers, total);
  }
};

/// Where rows add up across, they are taken some at a time. A chunk's result is its row of sums.
template <std::uint64_t Hash> struct chunks_of_rows {
  using slots = loop_slots<Hash>;
  using passes = row_passes<Hash>;
  using row_of_sums = typename passes::row_of_sums;
  static constexpr auto& S = slots::S;
  static constexpr bool applies = row_of_sums::sums > 0;
  static constexpr std::int64_t least_rows = 16, most_chunks = 64;

  static std::int64_t steps(const std::int64_t* numbers) {
    return std::max({least_rows, chunk_elements / elements_of_step<slots>(numbers), (slots::extent(numbers, 0) + most_chunks - 1) / most_chunks});
  }
  static std::int64_t count(const std::int64_t* numbers) {
    const auto n = steps(numbers);
    return std::max<std::int64_t>(1, (slots::extent(numbers, 0) + n - 1) / n);
  }
  static std::int64_t bytes(const std::int64_t* numbers) { return row_of_sums::sums * passes::registers_of_row(numbers) * static_cast<std::int64_t>(passes::register_bytes); }

  static void run(void* const* tensors, const std::int64_t* numbers, std::byte* workspace) noexcept {
    std::byte* const total = sums_of(numbers, workspace);
    std::byte* const chunk = total + bytes(numbers);
    run_chunk(tensors, numbers, workspace, 0, total);
    for (std::int64_t c = 1; c < count(numbers); ++c) {
      run_chunk(tensors, numbers, workspace, c, chunk);
      add(numbers, total, chunk);
    }
    write(tensors, numbers, total);
  }
  static void run_chunk(void* const* tensors, const std::int64_t* numbers, std::byte* workspace, std::int64_t c, std::byte* result) noexcept {
    const auto n = steps(numbers);
    typename slots::part_of_domain part(numbers);
    part.narrow(0, c * n, std::min(slots::extent(numbers, 0), (c + 1) * n));
    clear(numbers, result);
    slots::template outer<0>(slots::cursor_of(tensors, part.numbers.data()), part.numbers.data(),
                             [&](const auto& at) { passes::row(at, part.numbers.data(), workspace, result); });
  }
  static void finish(void* const* tensors, const std::int64_t* numbers, std::byte* results) noexcept {
    for (std::int64_t c = 1; c < count(numbers); ++c) add(numbers, results, results + c * bytes(numbers));
    write(tensors, numbers, results);
  }

 private:
  using wide = typename slots::wide;

  /// Behind the row buffer.
  static std::byte* sums_of(const std::int64_t* numbers, std::byte* workspace) {
    return workspace + static_cast<std::int64_t>(passes::register_bytes) * passes::row_buffer::kept * passes::registers_of_row(numbers);
  }
  static void clear(const std::int64_t* numbers, std::byte* sums) {
    row_of_sums row{sums};
    for (auto n = passes::registers_of_row(numbers); n > 0; --n, row.advance())
      row.each([](auto s, auto op, std::byte* place) {
        using element = element_of<S.slot_type(s)>;
        const auto start = wide::broadcast(decltype(op)::type::template identity<element>());
        std::memcpy(place, &start, sizeof start);
      });
  }
  static void add(const std::int64_t* numbers, std::byte* to, const std::byte* from) {
    row_of_sums row{to};
    for (auto n = passes::registers_of_row(numbers); n > 0; --n, row.advance())
      row.each([&](auto s, auto op, std::byte* place) {
        typename wide::template value<S.slot_type(s)> x, y;
        std::memcpy(&x, place, sizeof x);
        std::memcpy(&y, from + (place - to), sizeof y);
        x = decltype(op)::type::combine(x, y);
        std::memcpy(place, &x, sizeof x);
      });
  }
  static void write(void* const* tensors, const std::int64_t* numbers, std::byte* sums) {
    row_of_sums row{sums};
    passes::template reduced<S.outer_loops>(slots::cursor_of(tensors, numbers), numbers, [&](const auto& at) {
      slots::by_registers(slots::extent(numbers, passes::inner_loop), [&](std::int64_t i, auto count, auto) {
        row.each([&](auto s, auto, const std::byte* place) {
          typename wide::template value<S.slot_type(s)> x;
          std::memcpy(&x, place, sizeof x);
          detail::repeat<S.writes>([&](auto w) {
            constexpr int a = S.reads + w;
            if constexpr (S.access[static_cast<std::size_t>(a)].slot == s) {
              const auto stride = slots::template inner_stride<a>(numbers);
              wide::store(x, static_cast<typename slots::template element<a>*>(at[a]) + i * stride, stride, count);
            }
          });
        });
        row.advance();
      });
    });
  }
};

}  // namespace tapeless::wide
