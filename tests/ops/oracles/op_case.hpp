// The shape of one stored case of an op: what goes in, what comes out, and what the gradients are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace oracle {

/// A few values in place, so that a case is one constant that can be read in constant expressions.
template <class T, std::size_t Capacity> struct list {
  std::array<T, Capacity> items{};
  std::size_t count = 0;

  constexpr list() = default;
  constexpr list(std::initializer_list<T> values) {
    for (const T& value : values) items.at(count++) = value;
  }
  constexpr std::size_t size() const { return count; }
  constexpr bool empty() const { return count == 0; }
  constexpr const T* data() const { return items.data(); }
  constexpr const T* begin() const { return items.data(); }
  constexpr const T* end() const { return items.data() + count; }
  constexpr const T& operator[](std::size_t i) const { return items[i]; }
};

/// Row-major. `gradient` of an input is what the op should give back, of the output what is fed (dy); empty where there
/// is none to compare (whole-number inputs, points where the derivative is a matter of convention).
struct tensor {
  list<std::int64_t, 4> shape;
  list<double, 64> elements;
  list<double, 64> gradient;
};

struct op_case {
  std::string_view name;     // also the name of the constant
  std::string_view formula;  // in the spelling of NumPy and JAX
  list<tensor, 3> inputs;
  tensor output;
};

/// f(x), f'(x) and f''(x); points where a derivative does not exist are left out.
struct point {
  double x, value, first, second;
};

struct curve {
  std::string_view name;
  list<point, 32> points;
};

/// f(x, y) and its two partial derivatives.
struct point_of_two {
  double x, y, value, by_x, by_y;
};

struct surface {
  std::string_view name;
  list<point_of_two, 16> points;
};

}  // namespace oracle
