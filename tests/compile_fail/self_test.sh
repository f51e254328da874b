#!/bin/sh
# self_test.sh gcc|clang COMPILER [FLAG...]: check.sh must accept what is right and refuse what is wrong, each for its own reason.
set -u
check=$(dirname "$0")/check.sh
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failures=0

# judge VERDICT COMPILER...: runs check.sh on the program on standard input; VERDICT is "accepted" or the complaint it must make.
judge() {
  verdict=$1
  shift
  cat >"$folder/program.cpp"
  if said=$("$check" "$folder/program.cpp" "$@"); then said="accepted"; fi
  case $said in
    *"$verdict"*) ;;
    *) printf 'wanted: %s\ngot: %s\n\n' "$verdict" "$said"; failures=$((failures + 1)) ;;
  esac
}

judge "accepted" "$@" <<'END'
// expect: (compiles)
#include <tapeless/tapeless.hpp>
int main() {}
END
judge "accepted" "$@" <<'END'
// expect: the shapes differ
// expect: main
#include <tapeless/tapeless.hpp>
int main() { static_assert(sizeof(int) == 0, "main: the shapes differ"); }
END
judge "accepted" "$@" <<'END'
// expect: text that no compiler prints
// expect(gcc): a reason
// expect(clang): a reason
static_assert(sizeof(int) == 0, "a reason");
END
judge "must not compile, does" "$@" <<'END'
// expect: the shapes differ
int main() {}
END
judge "must compile, does not" "$@" <<'END'
// expect: (compiles)
int main() { return undeclared; }
END
judge "expected text is missing: the dtypes differ" "$@" <<'END'
// expect: the shapes differ
// expect: the dtypes differ
static_assert(sizeof(int) == 0, "the shapes differ");
END
judge "lines, 3 are allowed" "$@" <<'END'
// expect: twice
// lines: 3
static_assert(sizeof(int) == 0, "once");
static_assert(sizeof(int) == 0, "twice");
END
judge "no '// expect:' comment" "$@" <<'END'
int main() { return undeclared; }
END
judge "failed without an error message" gcc false <<'END'
// expect: anything
END
exit $failures
