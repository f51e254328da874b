#!/bin/sh
# card.sh [FOLDER]: all that needs a card, in one command of under ten minutes on 16 processors: builds the tests and benchmarks for
# this machine's card, runs ctest -L gpu, a program under compute-sanitizer's tools, and the suite gpu beside its rivals. Each stage
# may fail; what each said lies in FOLDER (bench/results by default), with a summary. Of 580 seconds they have at most:
#   configure 60, build 190, ctest 90, four tools of compute-sanitizer 30 each
#   bench: all that the others leave, at least 120; a row has 40 of them. The rows that the project is held to come first. Each is in
#   the summary and in the JSON as soon as it is measured, so that a run that is cut off keeps what it has; rows that are not reached
#   are named "not measured (out of time)".
#   TAPELESS_EXTRA_INCLUDE   folders with xsimd and doctest, where these are not installed, separated by colons
#   TAPELESS_VENV            virtual environment with torch, jax, cupy; else the Python in PATH
#   TAPELESS_CARD_BUILD      build folder (build/card by default)
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/bench/results}
mkdir -p "$out"
out=$(cd "$out" && pwd)
build=${TAPELESS_CARD_BUILD:-$root/build/card}
mkdir -p "$build"
jobs=$(nproc)
stamp=$(date -u +%Y-%m-%d)
summary=$out/$stamp-card.txt
command -v nvcc >/dev/null || PATH=$PATH:/usr/local/cuda/bin
export PATH
begin=$(date +%s)

say() { echo "$@" | tee -a "$summary"; }
# stage NAME SECONDS COMMAND...: its output in FOLDER/DATE-NAME.log, one line of it in the summary.
stage() {
  name=$1 limit=$2
  shift 2
  at=$(date +%s)
  timeout -k 10 "$limit" "$@" >"$out/$stamp-$name.log" 2>&1
  status=$?
  case $status in 0) word=ok ;; 124 | 137) word="out of time" ;; *) word="failed ($status)" ;; esac
  say "$(printf '%-12s %-12s %4d s   %s' "$name" "$word" $(($(date +%s) - at)) "$(grep -v '^ *$' "$out/$stamp-$name.log" | tail -n 1 | cut -c1-150)")"
  return $status
}

: >"$summary"
say "$(date -u +%Y-%m-%dT%H:%M:%SZ), commit $(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown), command: $0 $*"
capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -d '. ')
say "card: $(nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv,noheader 2>/dev/null | head -n 1 || true)"
say "nvcc: $(nvcc --version 2>/dev/null | tail -n 2 | head -n 1); $(g++ --version | head -n 1); $jobs processors"
if [ -z "$capability" ]; then
  say "no card: what needs one is built for sm_90, skipped or not measured"
  capability=90
fi
export CUDAARCHS=$capability-real CMAKE_BUILD_PARALLEL_LEVEL=$jobs

# Where xsimd or doctest is a folder only, packages that name it.
if [ -n "${TAPELESS_EXTRA_INCLUDE:-}" ]; then
  mkdir -p "$build/packages"
  folders=$(echo "$TAPELESS_EXTRA_INCLUDE" | tr ':' ';')
  for package in xsimd doctest; do
    target=$package
    [ $package = doctest ] && target=doctest::doctest
    printf 'if(NOT TARGET %s)\n  add_library(%s INTERFACE IMPORTED)\n  set_target_properties(%s PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "%s")\nendif()\n' \
      $target $target $target "$folders" >"$build/packages/${package}-config.cmake"
  done
  export CMAKE_PREFIX_PATH="$build/packages${CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH}" xsimd_DIR="$build/packages" doctest_DIR="$build/packages"
fi
generator=
command -v ninja >/dev/null && generator="-G Ninja"

# The tests' programs and the benchmarks are built at once: most of the time goes into few large units.
TAPELESS_BUILD=$build/bench
export TAPELESS_BUILD
# shellcheck disable=SC2086
stage configure 60 cmake $generator -S "$root" -B "$build/tests" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CUDA_ARCHITECTURES="$capability-real" -DTAPELESS_EXAMPLES=OFF
stage build 190 sh -c '
  (cmake -S "$1" -B "$2/bench" -DCMAKE_BUILD_TYPE=Release -DTAPELESS_BENCH=ON -DTAPELESS_TESTS=OFF -DTAPELESS_EXAMPLES=OFF -DTAPELESS_MARCH=native $4 &&
   cmake --build "$2/bench" --parallel --target $(tr ";" "\n" <"$2/bench/bench/targets.txt" | sed -n "s/^gpu_/bench_gpu_/p")) >"$3" 2>&1 &
  bench=$!
  programs=$(cmake --build "$2/tests" --target help | grep -oE "test_(cuda|thrust)_[a-z_]+" | sort -u)
  status=1
  if [ -n "$programs" ]; then
    cmake --build "$2/tests" --parallel --target $programs -- -k 0 || cmake --build "$2/tests" --parallel --target $programs
    status=$?
  fi
  wait $bench || { tail -n 20 "$3"; status=1; }
  echo "tests: $(echo $programs | wc -w) programs; benchmarks: $(ls "$2"/bench/bench/bench_gpu_* 2>/dev/null | wc -l)"
  exit $status' sh "$root" "$build" "$out/$stamp-build-bench.log" "$generator"
stage ctest 90 ctest --test-dir "$build/tests" -L gpu --output-on-failure
program=$build/tests/tests/test_cuda_on_card_ops
for tool in memcheck racecheck initcheck synccheck; do
  if command -v compute-sanitizer >/dev/null && [ -x "$program" ]; then
    stage $tool 30 compute-sanitizer --tool $tool --error-exitcode 3 "$program" --test-case='reductions*,random*'
  else
    say "$tool: no compute-sanitizer, or $program was not built"
  fi
done
left=$((580 - ($(date +%s) - begin)))
venv=${TAPELESS_VENV:-}
if [ -z "$venv" ]; then  # bench/run asks for a folder with bin/python
  venv=$build/python
  mkdir -p "$venv/bin"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v python3)" >"$venv/bin/python"
  chmod +x "$venv/bin/python"
fi
[ "$left" -ge 120 ] || left=120
say ""
stage bench "$left" python3 "$root/bench/run" --suite gpu --venv "$venv" --rounds 2 --seconds 0.2 --limit $((left - 10)) --row-limit 40 \
  --append "$summary" --json "$out/$stamp-card.json"
say ""
say "$(($(date +%s) - begin)) s in all; short of a bar: $(grep -cE ' short ' "$out/$stamp-bench.log"), ok: $(grep -cE ' ok ' "$out/$stamp-bench.log"), not measured: $(grep -c 'not measured' "$out/$stamp-bench.log"); skipped tests: $(grep -cE 'Skipped' "$out/$stamp-ctest.log")"
