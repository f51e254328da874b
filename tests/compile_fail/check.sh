#!/bin/sh
# check.sh SOURCE gcc|clang COMPILER [FLAG...]: compiles SOURCE and holds the outcome against SOURCE's comments:
#   // expect: TEXT          the compiler must refuse, and TEXT must stand in what it prints; may be repeated
#   // expect: (compiles)    the compiler must accept (a control)
#   // lines: N              the whole output may have N lines at most; 15 where it is not given
# `expect(gcc):`, `expect(clang):`, `lines(gcc):`, `lines(clang):` replace the plain form for that compiler.
set -u
source=$1 family=$2
shift 2

# Prints the texts of the comments of one keyword; those that name this compiler win.
comments() {
  own=$(sed -n "s|^ *// $1($family): *||p" "$source")
  if [ -n "$own" ]; then printf '%s\n' "$own"; else sed -n "s|^ *// $1: *||p" "$source"; fi
}

fail() {
  printf '%s: %s\n' "${source##*/}" "$1"
  printf -- '--- the compiler printed %s lines:\n%s\n' "$lines" "$output"
  exit 1
}

lines=0 output=
expected=$(comments expect)
limit=$(comments lines)
: "${limit:=15}"
[ -n "$expected" ] || fail "harness: no '// expect:' comment"

output=$(LC_ALL=C "$@" -S -o /dev/null "$source" 2>&1)
status=$?
# The compilers print a message as a template argument: quotes behind backslashes, and in pieces where clang cuts it.
said=$(printf '%s\n' "$output" | sed 's/", "//g; s/\\"/"/g')
[ -z "$output" ] || lines=$(printf '%s\n' "$output" | wc -l)

if [ "$expected" = "(compiles)" ]; then
  [ $status -eq 0 ] || fail "harness: must compile, does not"
  exit 0
fi
[ $status -ne 0 ] || fail "harness: must not compile, does"
printf '%s\n' "$output" | grep -q 'error: ' || fail "harness: the compiler failed without an error message"
while IFS= read -r text; do
  printf '%s\n' "$said" | grep -qF -e "$text" || fail "harness: expected text is missing: $text"
done <<END
$expected
END
[ "$lines" -le "$limit" ] || fail "harness: the message has $lines lines, $limit are allowed"
