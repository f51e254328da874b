#pragma once
#include <tapeless/core/config.hpp>
#include <tapeless/core/math.hpp>
#include <tapeless/expr/expression.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Which dtypes an elementwise op is defined for; none is for those that are only stored.
enum class element_domain : std::uint8_t { floating, numeric, boolean, any };

constexpr bool contains(element_domain d, dtype t) {
  if (is_narrow(t)) return false;
  switch (d) {
    case element_domain::floating: return is_floating(t);
    case element_domain::numeric: return t != dtype::boolean;
    case element_domain::boolean: return t == dtype::boolean;
    case element_domain::any: return true;
  }
  return false;
}
inline constexpr const char* only_stored = "bfloat16 and float16 are for storage; convert them to float with tl::cast first";
constexpr const char* requirement(element_domain d, dtype t) {
  if (is_narrow(t)) return only_stored;
  switch (d) {
    case element_domain::floating: return "operands must be floating";
    case element_domain::numeric: return "operands must be numbers, not bool";
    case element_domain::boolean: return "operands must be bool";
    case element_domain::any: break;
  }
  return "";
}

/// Shape rule of elementwise ops: NumPy broadcasting over operands [first, end).
constexpr inferred broadcast_all(operands x, dtype result) {
  shape s = x[0].shape;
  for (std::size_t i = 1; i < x.size(); ++i) {
    const auto r = broadcast(s, x[i].shape);
    if (!r.ok) return {result, r.value, "shapes do not broadcast"};
    s = r.value;
  }
  return {result, s};
}

/// The base of ops that compute each element of the result from the elements of N operands at the same place.
template <int N, element_domain Domain = element_domain::floating> struct elementwise {
  static constexpr op_kind kind = op_kind::elementwise;
  static constexpr int arity = N;

  static constexpr inferred infer(operands x, const attributes&) {
    const auto r = broadcast_all(x, x[0].type);
    for (const auto& o : x) {
      if (!contains(Domain, o.type)) return {o.type, r.shape, requirement(Domain, o.type)};
      if (o.type != x[0].type) return {x[0].type, r.shape, "operands have different dtypes; convert one with tl::cast"};
    }
    return r;
  }
};

/// The base of ops that compare: the result is bool.
template <element_domain Domain> struct comparison : elementwise<2, Domain> {
  static constexpr int cost = 1;
  static constexpr inferred infer(operands x, const attributes& a) {
    auto r = elementwise<2, Domain>::infer(x, a);
    r.type = dtype::boolean;
    return r;
  }
};

}  // namespace tapeless
