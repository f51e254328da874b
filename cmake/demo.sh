#!/usr/bin/env bash
# Builds examples/digits for this machine's processor and runs it; arguments go to the program.
set -euo pipefail
cd "$(dirname "$0")/.."
. cmake/packages.sh

need g++ g++ cmake cmake /usr/include/xsimd/xsimd.hpp libxsimd-dev

build=build/demo
choose_generator "$build"
mkdir -p "$build"
quietly() { "$@" >"$build/log" 2>&1 || { cat "$build/log" >&2; return 1; }; }
echo "Compiling examples/digits"
quietly cmake -S . -B "$build" -D TAPELESS_TESTS=OFF -D TAPELESS_MARCH=native
quietly cmake --build "$build" --target example_digits
exec "$build/examples/digits" "$@"
