#pragma once
#include <cmath>
#include <limits>

namespace checks {

// A number of 113 bits and its functions, from the C library: no code of ours computes what derivatives are held to.
#ifdef __SIZEOF_FLOAT128__
__extension__ typedef __float128 quad;

// By their names in the library, because not every compiler's <cmath> declares them.
quad sqrt(quad) __asm__("sqrtf128");
quad exp(quad) __asm__("expf128");
quad exp2(quad) __asm__("exp2f128");
quad expm1(quad) __asm__("expm1f128");
quad log(quad) __asm__("logf128");
quad log2(quad) __asm__("log2f128");
quad log1p(quad) __asm__("log1pf128");
quad sin(quad) __asm__("sinf128");
quad cos(quad) __asm__("cosf128");
quad tan(quad) __asm__("tanf128");
quad asin(quad) __asm__("asinf128");
quad acos(quad) __asm__("acosf128");
quad atan(quad) __asm__("atanf128");
quad atan2(quad, quad) __asm__("atan2f128");
quad sinh(quad) __asm__("sinhf128");
quad cosh(quad) __asm__("coshf128");
quad tanh(quad) __asm__("tanhf128");
quad erf(quad) __asm__("erff128");
quad erfc(quad) __asm__("erfcf128");
quad pow(quad, quad) __asm__("powf128");
quad floor(quad) __asm__("floorf128");
quad ceil(quad) __asm__("ceilf128");
quad trunc(quad) __asm__("truncf128");
quad nearbyint(quad) __asm__("nearbyintf128");
quad fmod(quad, quad) __asm__("fmodf128");
#else
using quad = long double;
using std::sqrt, std::exp, std::exp2, std::expm1, std::log, std::log2, std::log1p, std::sin, std::cos, std::tan, std::asin, std::acos, std::atan, std::atan2,
    std::sinh, std::cosh, std::tanh, std::erf, std::erfc, std::pow, std::floor, std::ceil, std::trunc, std::nearbyint, std::fmod;
#endif

constexpr quad magnitude(quad x) { return x < 0 ? -x : x; }
constexpr bool is_finite(quad x) { return x - x == 0; }

}  // namespace checks
