#pragma once
// Everything that needs only the standard library and xsimd: expressions, ops, derivatives, both CPU backends, sessions,
// functions, layers and optimizers. Interop with other libraries is included by name, such as <tapeless/interop/xtensor.hpp>.
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#ifdef __NVCC__
// The CPU backend unrolls by pragmas that nvcc's front end does not know, and instantiates ops with vectors of the host.
#pragma nv_diagnostic push
#pragma nv_diag_suppress 128, 177, 186, 1675, 20011, 20014
#endif
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/nn/nn.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/optim/optim.hpp>
#include <tapeless/run/functional.hpp>
#include <tapeless/run/jacobian.hpp>
#include <tapeless/run/linearize.hpp>
#include <tapeless/run/session.hpp>
#include <tapeless/run/sparse_jacobian.hpp>
#include <tapeless/run/vmap.hpp>
#ifdef __NVCC__
#pragma nv_diagnostic pop
#endif
