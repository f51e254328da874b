#!/bin/sh
# headers.sh FOLDER: fails where a header of FOLDER puts into namespace tapeless what is in no inline namespace of an
# instruction set. tapeless::shared, for what all units share, is the exception.
found=$(grep -rnE '^[[:space:]]*(inline )?namespace tapeless\b' --include='*.hpp' "$1" | grep -vE 'namespace tapeless::(inline TAPELESS_ABI|shared)\b')
[ -z "$found" ] || { printf 'write namespace tapeless::inline TAPELESS_ABI:\n%s\n' "$found"; exit 1; }
