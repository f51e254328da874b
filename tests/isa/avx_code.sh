#!/bin/sh
# avx_code.sh shared OBJECT OBJECT [PATTERN]: fails where both objects define a function of one name, so that a linker keeps
#     either, and one of the two needs AVX, so that it matters which. Looks only at mangled names that match PATTERN.
# avx_code.sh visible PROGRAM: fails where a function needs AVX that any part of the program may be linked with, unless the
#     name ends in that of an instruction set.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Address and name of each function that other objects see.
visible() { readelf --symbols --wide "$1" | awk '$4 == "FUNC" && $5 != "LOCAL" && $7 != "UND" { print $2, $8 }' | sort -u; }
# Address and name of each function with an instruction that begins with v, as those of AVX and AVX-512 do.
with_avx() {
  objdump --disassemble --no-show-raw-insn --wide "$1" |
    awk '/^[0-9a-f]+ <.*>:$/ { name = $1 " " substr($2, 2, length($2) - 3) } $2 ~ /^v[a-z]/ && $2 !~ /^ver[rw]$/ { print name }' | sort -u
}
report() {
  [ -s "$folder/avx" ] || { echo "harness: nothing here needs AVX"; exit 2; }
  [ ! -s "$1" ] || { echo "$2"; c++filt <"$1" | cut -c 1-200; exit 1; }
}

case $1 in
  shared)
    for object in "$2" "$3"; do visible "$object" | cut -d ' ' -f 2 | sort -u; done | sort | uniq -d >"$folder/both"
    { with_avx "$2"; with_avx "$3"; } | cut -d ' ' -f 2 | sort -u >"$folder/avx"
    comm -12 "$folder/both" "$folder/avx" | { grep -E -e "${4:-.}" || true; } >"$folder/found"
    report "$folder/found" "both define, and one needs AVX:" ;;
  visible)
    with_avx "$2" | cut -d ' ' -f 1 | sort -u >"$folder/avx"
    visible "$2" | join "$folder/avx" - | cut -d ' ' -f 2 | { grep -E -v '\.avx[0-9]*$' || true; } >"$folder/found"
    report "$folder/found" "any part of the program may call, and it needs AVX:" ;;
esac
