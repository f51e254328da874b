// Reads examples/data/digits.txt: 1,797 handwritten digits of 8 x 8 pixels (source and licence: examples/data/README.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace digits {

inline constexpr std::int64_t pixels = 64;   // 8 rows of 8
inline constexpr std::int64_t classes = 10;

struct dataset {
  std::vector<float> images;         // size x 64, row by row, 0 (paper) to 1 (ink)
  std::vector<std::int32_t> labels;  // size values from 0 to 9
  std::int64_t size = 0;
};

/// Reads the whole file. Throws std::runtime_error naming the file, the line, what was expected and what was found.
inline dataset load(const std::string& path);

struct split_dataset {
  dataset train;
  dataset held_out;
};

/// Every fifth image (index % 5 == 4) is held out: 1,438 to train on, 359 to test with. No chance is involved.
inline split_dataset split(const dataset& all);

/// The numbers 0 … count-1 in an order that depends on the seed alone, the same on every platform (std::shuffle's is not).
inline std::vector<std::int64_t> shuffled_order(std::int64_t count, std::uint64_t seed);

/// The images and labels at `order[first]` … `order[first + count - 1]`, written one behind the other.
inline void gather(const dataset& from, const std::vector<std::int64_t>& order, std::int64_t first, std::int64_t count,
                   std::vector<float>& images, std::vector<std::int32_t>& labels);

namespace detail {

[[noreturn]] inline void malformed(const std::string& path, std::int64_t line, const std::string& expected,
                                   const std::string& found) {
  throw std::runtime_error(path + ":" + std::to_string(line) + ": expected " + expected + ", found " + found);
}

inline std::string quoted(const std::string& text) {
  constexpr std::size_t most = 80;
  return text.size() <= most ? "'" + text + "'" : "'" + text.substr(0, most) + "…'";
}

/// '0' … '9' is 0 … 9 and 'a' … 'g' is 10 … 16; anything else is -1.
constexpr int ink(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'g') return c - 'a' + 10;
  return -1;
}

inline void append(const dataset& from, std::int64_t index, std::vector<float>& images,
                   std::vector<std::int32_t>& labels) {
  const auto first = from.images.begin() + static_cast<std::ptrdiff_t>(index * pixels);
  images.insert(images.end(), first, first + static_cast<std::ptrdiff_t>(pixels));
  labels.push_back(from.labels[static_cast<std::size_t>(index)]);
}

constexpr std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace detail

inline dataset load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be opened; expected the digits data, examples/data/digits.txt");

  const std::string header = "digits 1797 8 8 16";
  constexpr std::int64_t count = 1797;
  constexpr std::size_t width = static_cast<std::size_t>(pixels);
  std::int64_t number = 0;
  std::string line;
  const auto next = [&] {
    ++number;
    if (!std::getline(file, line)) return false;
    if (!line.empty() && line.back() == '\r') line.pop_back();  // a checkout may have converted the line ends
    return true;
  };

  if (!next()) detail::malformed(path, number, "the header '" + header + "'", "an empty file");
  if (line != header) detail::malformed(path, number, "the header '" + header + "'", detail::quoted(line));

  dataset data;
  data.images.reserve(static_cast<std::size_t>(count * pixels));
  data.labels.reserve(static_cast<std::size_t>(count));
  for (; data.size < count; ++data.size) {
    if (!next())
      detail::malformed(path, number, std::to_string(count) + " images",
                        "the end of the file after " + std::to_string(data.size));
    if (line.size() != width + 2 || line[width] != ' ')
      detail::malformed(path, number, "64 pixels, a space and a label", detail::quoted(line));
    for (std::size_t i = 0; i < width; ++i) {
      const int value = detail::ink(line[i]);
      if (value < 0)
        detail::malformed(path, number, "a pixel 0 to 9 or a to g in column " + std::to_string(i + 1),
                          detail::quoted(line.substr(i, 1)));
      data.images.push_back(static_cast<float>(value) / 16.0f);
    }
    const char label = line[width + 1];
    if (label < '0' || label > '9') detail::malformed(path, number, "a label 0 to 9", detail::quoted({label}));
    data.labels.push_back(label - '0');
  }
  if (next()) detail::malformed(path, number, "the end of the file", detail::quoted(line));
  return data;
}

inline split_dataset split(const dataset& all) {
  split_dataset parts;
  for (std::int64_t i = 0; i < all.size; ++i) {
    dataset& part = i % 5 == 4 ? parts.held_out : parts.train;
    detail::append(all, i, part.images, part.labels);
    ++part.size;
  }
  return parts;
}

inline std::vector<std::int64_t> shuffled_order(std::int64_t count, std::uint64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::uint64_t state = seed;
  for (std::size_t left = order.size(); left > 1; --left)  // Fisher-Yates; the modulo's bias is below 2^-50 here
    std::swap(order[left - 1], order[static_cast<std::size_t>(detail::splitmix64(state) % left)]);
  return order;
}

inline void gather(const dataset& from, const std::vector<std::int64_t>& order, std::int64_t first, std::int64_t count,
                   std::vector<float>& images, std::vector<std::int32_t>& labels) {
  images.clear();
  labels.clear();
  for (std::int64_t i = first; i < first + count; ++i)
    detail::append(from, order[static_cast<std::size_t>(i)], images, labels);
}

}  // namespace digits
