#!/usr/bin/env bash
# Builds everything and runs all tests. Arguments go to CMake's configure step: ./cmake/test.sh -D CMAKE_CXX_COMPILER=clang++-16
set -euo pipefail
cd "$(dirname "$0")/.."
. cmake/packages.sh

need g++ g++ cmake cmake ninja ninja-build \
  /usr/include/xsimd/xsimd.hpp libxsimd-dev /usr/include/xtensor libxtensor-dev \
  /usr/include/eigen3/Eigen/Core libeigen3-dev /usr/include/doctest/doctest.h doctest-dev \
  /usr/share/doc/libopenblas-dev libopenblas-dev /usr/include/thrust/version.h libthrust-dev

build=${TAPELESS_BUILD:-build/test}
choose_generator "$build"
jobs=$(nproc)
cmake -S . -B "$build" "$@"
cmake --build "$build" --parallel "$jobs"
ctest --test-dir "$build" --parallel "$jobs" --output-on-failure
