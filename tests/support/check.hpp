#pragma once
#include "curves.hpp"
#include "gradient.hpp"
#include "limits.hpp"
#include "value.hpp"
#include "ops/oracles/curves.hpp"

// Checkers of elementwise ops; tests stand in namespace checks. Each runs the op through sessions on the SIMD backend and
// on the reference. broadcast.hpp and cases.hpp hold those of broadcasting and of structured ops.
