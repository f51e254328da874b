#pragma once

#include <concepts>
#include <cstdint>
#include <tapeless/core/config.hpp>
#include <tapeless/core/math.hpp>

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011): random numbers as a function of seed, stream and index, with no
/// state. Element i of a tensor depends on (seed, stream, i) only: not on the order of evaluation, on the number of
/// threads or on the device.
///   key       low and high half of the 64-bit seed
///   counter   low and high half of the 64-bit block number, low and high half of the 64-bit stream
///   block     four words of 32 bits: the numbers of four neighbouring float elements or of two double elements
/// The kinds of numbers draw from the same words: what shall be independent needs a stream of its own.
namespace tapeless::inline TAPELESS_ABI {

struct philox_words {
  std::uint32_t word[4];
};

/// Ten rounds of the cipher on a 128-bit counter, under a 64-bit key.
TAPELESS_HOST_DEVICE constexpr philox_words philox(philox_words counter, std::uint32_t key_low,
                                                   std::uint32_t key_high) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xD2511F53} * counter.word[0];
    const std::uint64_t second = std::uint64_t{0xCD9E8D57} * counter.word[2];
    counter = {
        {static_cast<std::uint32_t>(second >> 32) ^ counter.word[1] ^ key_low, static_cast<std::uint32_t>(second),
         static_cast<std::uint32_t>(first >> 32) ^ counter.word[3] ^ key_high, static_cast<std::uint32_t>(first)}};
    key_low += 0x9E3779B9;
    key_high += 0xBB67AE85;
  }
  return counter;
}

/// The four words of a block.
TAPELESS_HOST_DEVICE constexpr philox_words random_block(std::uint64_t seed, std::uint64_t stream,
                                                         std::uint64_t block) {
  const philox_words counter{{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                              static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)}};
  return philox(counter, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
}

/// 32 uniform bits for each index.
TAPELESS_HOST_DEVICE constexpr std::uint32_t random_bits(std::uint64_t seed, std::uint64_t stream,
                                                         std::uint64_t index) {
  return random_block(seed, stream, index / 4).word[index % 4];
}

/// Multiple of 2^-24 in [0, 1) from the upper 24 bits.
TAPELESS_HOST_DEVICE constexpr float uniform01(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

/// Multiple of 2^-53 in [0, 1) from the upper 53 bits.
TAPELESS_HOST_DEVICE constexpr double uniform01(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

namespace detail {

TAPELESS_HOST_DEVICE constexpr std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return low | std::uint64_t{high} << 32;
}

/// How many standard normal numbers a block yields; they come in pairs.
template <std::floating_point T> inline constexpr int normals_per_block = sizeof(T) == 4 ? 4 : 2;

/// Box-Muller: number `which` of the block. The first uniform number of a pair is taken from (0, 1], so that its
/// logarithm is finite.
template <std::floating_point T> TAPELESS_HOST_DEVICE constexpr T normal_in_block(philox_words block, int which) {
  T square{}, turn{};
  if constexpr (sizeof(T) == 4) {
    const int pair = which / 2 * 2;
    square = (static_cast<T>(block.word[pair]) + T{1}) * T(0x1p-32);
    turn = uniform01(block.word[pair + 1]);
  } else {
    square = T{1} - uniform01(joined(block.word[0], block.word[1]));
    turn = uniform01(joined(block.word[2], block.word[3]));
  }
  const T radius = math::sqrt(T{-2} * math::log(square));
  const T angle = T(6.283185307179586477) * turn;
  return radius * (which % 2 == 0 ? math::cos(angle) : math::sin(angle));
}

}  // namespace detail

/// Uniform in [0, 1).
template <std::floating_point T>
TAPELESS_HOST_DEVICE constexpr T random_uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  if constexpr (sizeof(T) == 4) {
    return uniform01(random_bits(seed, stream, index));
  } else {
    const auto block = random_block(seed, stream, index / 2);
    const int first = static_cast<int>(index % 2) * 2;
    return uniform01(detail::joined(block.word[first], block.word[first + 1]));
  }
}

/// Standard normal; at most 6.7 (float) or 8.6 (double) from 0.
template <std::floating_point T>
TAPELESS_HOST_DEVICE constexpr T random_normal(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  constexpr int count = detail::normals_per_block<T>;
  return detail::normal_in_block<T>(random_block(seed, stream, index / count), static_cast<int>(index % count));
}

/// Standard normal within 2 of 0, by rejection. An index has a block to itself, and the block that follows where all of
/// that is rejected has the words of the last one as its counter.
template <std::floating_point T>
TAPELESS_HOST_DEVICE constexpr T random_truncated_normal(std::uint64_t seed, std::uint64_t stream,
                                                         std::uint64_t index) {
  constexpr int tries = 32;  // the chance that all of them are rejected is below 1e-42
  auto block = random_block(seed, stream, index);
  for (int i = 0; i < tries; ++i) {
    const T x = detail::normal_in_block<T>(block, i % detail::normals_per_block<T>);
    if (math::abs(x) <= T{2}) return x;
    if ((i + 1) % detail::normals_per_block<T> == 0)
      block = philox(block, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  }
  return T{0};
}

}  // namespace tapeless
