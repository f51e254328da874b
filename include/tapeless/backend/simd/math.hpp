#pragma once

/// The functions of tapeless::math on vec<T>, with the same names and meanings: at most 4 ulp from the exact result and
/// exact limits, whatever the instruction set.
#include <tapeless/backend/simd/elementary.hpp>
#include <tapeless/backend/simd/error_function.hpp>
#include <tapeless/backend/simd/exponential.hpp>
#include <tapeless/backend/simd/hyperbolic.hpp>
#include <tapeless/backend/simd/logarithm.hpp>
#include <tapeless/backend/simd/power.hpp>
#include <tapeless/backend/simd/trigonometric.hpp>
