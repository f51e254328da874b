#!/bin/sh
# with_compiler.sh compile|run COMPILER OUTPUT FLAG...: compiles to OUTPUT, and runs it; 77 where the compiler is not installed.
set -eu
action=$1 compiler=$2 output=$3
shift 3
case $compiler in
  *-NOTFOUND) echo "skipped: ${compiler%-NOTFOUND} is not installed here" && exit 77 ;;
esac
"$compiler" "$@" -o "$output"
[ "$action" = compile ] || "$output"
