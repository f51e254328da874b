#pragma once
#include <tapeless/core/abi.hpp>

/// Marks a function as callable on host and device under nvcc; empty for every other compiler.
#if defined(__CUDACC__)
#define TAPELESS_HOST_DEVICE __host__ __device__
#else
#define TAPELESS_HOST_DEVICE
#endif
