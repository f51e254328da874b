#pragma once
#include <tapeless/core/fixed_string.hpp>
#include <tapeless/core/text.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>

namespace tapeless::inline TAPELESS_ABI {

/// The name of a dynamic dim: up to ten letters, digits and underscores, packed so that comparing is one instruction.
struct symbol {
  std::uint64_t bits = 0;

  static constexpr bool is_name(std::string_view s) {
    return !s.empty() && s.size() <= 10 && s.find_first_not_of(alphabet) == std::string_view::npos;
  }

  constexpr symbol() = default;
  constexpr symbol(std::uint64_t packed) : bits(packed) {}  // not explicit: nvcc's host code spells named dims so
  constexpr symbol(std::string_view name) {
    if (!is_name(name)) not_allowed("the name of a dim has 1 to 10 letters, digits or underscores");
    for (std::size_t i = 0; i < name.size(); ++i) bits |= (alphabet.find(name[i]) + 1) << (6 * i);
  }
  /// Dims of a function's arguments have names that begin with an underscore until it is known which are equal.
  constexpr bool anonymous() const { return (bits & 63) == alphabet.find('_') + 1; }
  constexpr void print(text& out) const {
    for (auto rest = bits; rest != 0; rest >>= 6) out << alphabet.substr((rest & 63) - 1, 1);
  }
  friend constexpr bool operator==(symbol, symbol) = default;

 private:
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
};

/// The extent of one axis: `constant + factor * N`, where N is a named dim that is bound when a run is fed.
struct dim {
  std::int64_t constant = 0;
  std::int64_t factor = 0;
  symbol name{};

  constexpr dim() = default;
  template <std::integral I> constexpr dim(I extent) : constant(static_cast<std::int64_t>(extent)) {}
  constexpr explicit dim(symbol s) : factor(1), name(s) {}
  constexpr dim(std::int64_t fixed, std::int64_t times, symbol s) : constant(fixed), factor(times), name(s) {}

  constexpr bool is_static() const { return factor == 0; }
  constexpr bool is_one() const { return factor == 0 && constant == 1; }
  friend constexpr bool operator==(const dim&, const dim&) = default;

  constexpr dim plus(std::int64_t n) const { auto d = *this; d.constant += n; return d; }
  constexpr dim times(std::int64_t n) const {
    auto d = *this;
    d.constant *= n;
    d.factor *= n;
    if (d.factor == 0) d.name = {};
    return d;
  }
  constexpr text& print(text& out) const {
    if (is_static()) return out << constant;
    if (factor != 1) out << factor << "*";
    name.print(out);
    if (constant != 0) out << (constant > 0 ? "+" : "") << constant;
    return out;
  }
};

/// A dim that is named now and bound by what is fed: `placeholder<"x", float, "N"_d, 784>`.
inline namespace literals {
template <fixed_string Name> consteval dim operator""_d() {
  constexpr bool is_name = symbol::is_name(Name.view()) && !symbol(Name.view()).anonymous();
  static_assert(is_name, "tapeless: the name of a dim has 1 to 10 letters, digits or underscores, and no underscore in front");
  if constexpr (is_name) return dim(symbol(Name.view()));
  else return dim(0);
}
}  // namespace literals

inline constexpr int max_rank = 8;

/// Rank and extents. Rank 0 is a scalar. Data is row-major: the last axis is contiguous.
struct shape {
  int rank = 0;
  dim dims[max_rank]{};

  constexpr shape() = default;
  template <class... D> requires(sizeof...(D) > 0 && (std::convertible_to<D, dim> && ...))
  constexpr explicit shape(D... d) : rank(sizeof...(D)), dims{dim(d)...} {
    static_assert(sizeof...(D) <= max_rank, "tapeless: tensors have at most eight axes");
  }

  constexpr const dim& operator[](int axis) const { return dims[axis]; }
  constexpr dim& operator[](int axis) { return dims[axis]; }
  constexpr void push(dim d) {
    if (rank == max_rank) not_allowed("tensors have at most eight axes");
    dims[rank++] = d;
  }
  constexpr bool is_static() const {
    for (int i = 0; i < rank; ++i)
      if (!dims[i].is_static()) return false;
    return true;
  }
  friend constexpr bool operator==(const shape& a, const shape& b) {
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; ++i)
      if (!(a.dims[i] == b.dims[i])) return false;
    return true;
  }
  constexpr text& print(text& out) const {
    out << "(";
    for (int i = 0; i < rank; ++i) dims[i].print(out << (i > 0 ? ", " : ""));
    return out << (rank == 1 ? ",)" : ")");
  }
};

/// The number of elements of a static shape.
constexpr std::int64_t element_count(const shape& s) {
  std::int64_t n = 1;
  for (int i = 0; i < s.rank; ++i) n *= s.dims[i].constant;
  return n;
}

/// Equal, or equal as far as is known: an anonymous dim is still free.
constexpr bool compatible(const dim& a, const dim& b) {
  return a == b || (!a.is_static() && a.name.anonymous()) || (!b.is_static() && b.name.anonymous());
}

/// The shape that NumPy broadcasting gives; `ok` is false where two extents differ and neither is 1.
struct broadcast_result {
  shape value{};
  bool ok = true;
};
constexpr broadcast_result broadcast(const shape& a, const shape& b) {
  broadcast_result r;
  r.value.rank = a.rank > b.rank ? a.rank : b.rank;
  for (int i = 0; i < r.value.rank; ++i) {
    const int ia = i - (r.value.rank - a.rank), ib = i - (r.value.rank - b.rank);
    const dim da = ia < 0 ? dim(1) : a[ia], db = ib < 0 ? dim(1) : b[ib];
    if (!compatible(da, db) && !da.is_one() && !db.is_one()) r.ok = false;
    r.value[i] = da.is_one() || (!da.is_static() && da.name.anonymous() && !db.is_one()) ? db : da;
  }
  return r;
}

}  // namespace tapeless
