#pragma once

#include <tapeless/core/abi.hpp>
#include <xsimd/xsimd.hpp>

/// Operations of one correctly rounded instruction. On NEON, xsimd approximates the quotient and the root of floats, and
/// goes through integers to round, which loses signs of zeros and raises flags.
namespace tapeless::inline TAPELESS_ABI::wide::rounding {

#if defined(__aarch64__)

using floats = xsimd::batch<float>;
using doubles = xsimd::batch<double>;

inline floats divide(floats x, floats y) noexcept { return vdivq_f32(x, y); }
inline doubles divide(doubles x, doubles y) noexcept { return vdivq_f64(x, y); }
inline floats sqrt(floats x) noexcept { return vsqrtq_f32(x); }
inline doubles sqrt(doubles x) noexcept { return vsqrtq_f64(x); }
inline floats nearest(floats x) noexcept { return vrndnq_f32(x); }
inline doubles nearest(doubles x) noexcept { return vrndnq_f64(x); }
inline floats floor(floats x) noexcept { return vrndmq_f32(x); }
inline doubles floor(doubles x) noexcept { return vrndmq_f64(x); }
inline floats ceil(floats x) noexcept { return vrndpq_f32(x); }
inline doubles ceil(doubles x) noexcept { return vrndpq_f64(x); }
inline floats trunc(floats x) noexcept { return vrndq_f32(x); }
inline doubles trunc(doubles x) noexcept { return vrndq_f64(x); }

#else

template <class Batch> inline Batch divide(Batch x, Batch y) noexcept { return x / y; }
template <class Batch> inline Batch sqrt(Batch x) noexcept { return xsimd::sqrt(x); }
template <class Batch> inline Batch nearest(Batch x) noexcept { return xsimd::nearbyint(x); }
template <class Batch> inline Batch floor(Batch x) noexcept { return xsimd::floor(x); }
template <class Batch> inline Batch ceil(Batch x) noexcept { return xsimd::ceil(x); }
template <class Batch> inline Batch trunc(Batch x) noexcept { return xsimd::trunc(x); }

#endif

}  // namespace tapeless::wide::rounding
