#!/bin/sh
# no_spills.sh COMMAND ...: compiles, and fails where ptxas says (-Xptxas -v) that a kernel spills registers or has a stack.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" 2>"$log"
status=$?
grep -v -E '^ptxas info|bytes stack frame|^$' "$log" >&2
[ "$status" -eq 0 ] || exit "$status"
if grep -B 1 -E 'bytes stack frame' "$log" | grep -B 1 -E '(^| )[1-9][0-9]* bytes (stack frame|spill)' >&2; then
  echo "a kernel has memory of its own; see above" >&2
  exit 1
fi
