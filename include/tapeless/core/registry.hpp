#pragma once
#include <tapeless/core/abi.hpp>

#include <cstdint>
#include <string_view>

namespace tapeless::inline TAPELESS_ABI {

template <class T> struct type_box { using type = T; };

// A table from short names to types, filled while compiling: `registration<Key, T>` defines, through a friend, the one
// function that answers for Key. A list of types would do the same, but what users define could not stand on it.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-template-friend"
#endif
#ifdef __NVCC__
#pragma nv_diag_suppress 1301
#endif
template <class Key> struct registry_entry {
  friend constexpr auto registered_type(registry_entry);
};
template <class Key, class T> struct registration {
  friend constexpr auto registered_type(registry_entry<Key>) { return type_box<T>{}; }
};
#ifdef __NVCC__
#pragma nv_diag_default 1301
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <class Key>
concept registered = requires { registered_type(registry_entry<Key>{}); };

/// Enters T under Key, where it is asserted: `static_assert(entered<Key, T>)`. The first entry stays.
template <class Key, class T> inline constexpr bool entered = [] {
  if constexpr (!registered<Key>) return sizeof(registration<Key, T>) > 0;
  else return true;
}();
template <class Key> using registered_as = typename decltype(registered_type(registry_entry<Key>{}))::type;

constexpr std::uint64_t hash_combine(std::uint64_t seed, std::uint64_t value) {
  seed ^= value + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2);
  return seed * 0xff51afd7ed558ccdull;
}
constexpr std::uint64_t hash_of(std::string_view s) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (char c : s) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h;
}

namespace detail {

/// A text to hash; it may be the same for two lambdas.
template <class T> constexpr std::string_view type_name() { return __PRETTY_FUNCTION__; }

/// Whether a type is one of its translation unit alone; nvcc's host code calls anonymous namespaces so.
template <class T> inline constexpr bool is_local = [] {
  constexpr std::string_view name = type_name<T>();
  return name.find("anonymous") != std::string_view::npos || name.find("unnamed") != std::string_view::npos
#ifdef __CUDACC__
         || name.find("_GLOBAL__N_") != std::string_view::npos
#endif
      ;
}();

/// A hash for what one translation unit may call as another does.
constexpr std::uint64_t local_hash(std::uint64_t hash) { return hash_combine(hash, hash_of(__BASE_FILE__)); }

/// Tells types apart by name. Types of anonymous namespaces have one name in all translation units, so theirs counts the file.
template <class T> inline constexpr std::uint64_t type_hash = is_local<T> ? local_hash(hash_of(type_name<T>())) : hash_of(type_name<T>());

}  // namespace detail

}  // namespace tapeless
