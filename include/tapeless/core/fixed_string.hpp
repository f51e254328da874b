#pragma once
#include <tapeless/core/abi.hpp>

#include <cstddef>
#include <string_view>

namespace tapeless::inline TAPELESS_ABI {

/// A string literal as a template argument: `placeholder<"x", float, 64>`.
template <std::size_t N> struct fixed_string {
  char data[N]{};

  consteval fixed_string(const char (&literal)[N]) {
    for (std::size_t i = 0; i < N; ++i) data[i] = literal[i];
  }

  constexpr std::string_view view() const { return {data, N - 1}; }
};

}  // namespace tapeless
