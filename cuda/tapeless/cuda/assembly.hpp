#pragma once
#include <tapeless/cuda/strided.hpp>
#include <tapeless/ops/concat.hpp>

#include <bit>

namespace tapeless::inline TAPELESS_ABI::device {

/// Copies elements of so many bytes, in groups of Width.
template <class Bits, int Width> struct copy_kernel {
  struct arguments {
    Bits* to;
    const Bits* from;
    strided<2> walk;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "copy";
  static grid shape(const arguments& a) { return grid_of_items(a.walk.size); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    using group = neighbours<Bits, Width>;
    each_item(block, a.walk.size, [&](std::int64_t i) {
      std::int64_t at[2];
      a.walk.offsets(i, at);
      *reinterpret_cast<group*>(a.to + at[0]) = *reinterpret_cast<const group*>(a.from + at[1]);
    });
  }
};

/// Writes one value.
template <class Bits> struct fill_kernel {
  struct arguments {
    Bits* to;
    Bits value;
    strided<1> walk;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "fill";
  static grid shape(const arguments& a) { return grid_of_items(a.walk.size); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, a.walk.size, [&](std::int64_t i) { a.to[a.walk.offset(i)] = a.value; });
  }
};

/// An unsigned number of the bytes of a dtype.
template <class T> using bits_of = std::conditional_t<sizeof(T) == 1, std::uint8_t, std::conditional_t<sizeof(T) == 2, std::uint16_t, std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;

/// The part of `whole` from `start` on in steps of `step` along an axis.
inline tensor_numbers window_of(tensor_numbers whole, std::int64_t axis, std::int64_t start, std::int64_t step, std::int64_t extent) {
  const auto n = static_cast<std::size_t>(axis);
  whole.offset += start * whole.strides[n];
  whole.strides[n] *= step;
  whole.extents[n] = extent;
  return whole;
}

template <class Bits, class Queue> void copy_elements(Queue& queue, void* to, const tensor_numbers& t, const void* from, const tensor_numbers& f) {
  Bits* const target = address<Bits>(to, t);
  const Bits* const source = static_cast<const Bits*>(from) + f.offset;
  if (target == source) return;  // computed where it belongs
  const std::array<tensor_numbers, 2> both{t, f};
  constexpr int most = static_cast<int>(16 / sizeof(Bits));
  if (access_width<2>(both, {target, source}, sizeof(Bits)) == most) launch_on<copy_kernel<Bits, most>>(queue, {target, source, walk_over<2>(both, most)});
  else launch_on<copy_kernel<Bits, 1>>(queue, {target, source, walk_over<2>(both)});
}
template <class Bits, class Queue> void fill_elements(Queue& queue, void* to, const tensor_numbers& t, Bits value) {
  launch_on<fill_kernel<Bits>>(queue, {address<Bits>(to, t), value, walk_over<1>({t})});
}

/// The launches of an op on tensors: `issue<Out, In...>(queue, attributes, tensors, numbers, scratch)`.
template <class Op> struct op_launches;

/// The base of ops that need no scratch memory.
struct without_scratch {
  template <class Out, class... In> static std::int64_t scratch_bytes(const attributes&, const std::int64_t*) { return 0; }
};

template <> struct op_launches<concat_op> : without_scratch {
  template <class Out, class... In, class Queue> static void issue(Queue& queue, const attributes& a, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    const auto t = read_tensors<sizeof...(In) + 1>(numbers);
    std::int64_t start = 0;
    for (std::size_t i = 0; i < sizeof...(In); ++i) {
      const auto extent = t[i].extent(a.a);
      copy_elements<bits_of<Out>>(queue, tensors[sizeof...(In)], window_of(t.back(), a.a, start, 1, extent), tensors[i], t[i]);
      start += extent;
    }
  }
};

template <> struct op_launches<pad_op> : without_scratch {
  template <class Out, class In, class Queue> static void issue(Queue& queue, const attributes& a, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    const auto t = read_tensors<2>(numbers);
    using bits = bits_of<Out>;
    const auto fill = std::bit_cast<bits>(static_cast<Out>(a.number()));
    const auto extent = t[0].extent(a.a), behind = a.b + extent, whole = t[1].extent(a.a);
    const auto inside = window_of(t[1], a.a, a.b, a.c, extent);
    if (a.c == 1) {
      fill_elements<bits>(queue, tensors[1], window_of(t[1], a.a, 0, 1, a.b), fill);
      fill_elements<bits>(queue, tensors[1], window_of(t[1], a.a, behind, 1, whole - behind), fill);
    } else {
      fill_elements<bits>(queue, tensors[1], t[1], fill);
    }
    copy_elements<bits>(queue, tensors[1], inside, tensors[0], t[0]);
  }
};

}  // namespace tapeless::device
