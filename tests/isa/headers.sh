#!/bin/sh
# headers.sh FOLDER: fails where a header of FOLDER puts into namespace tapeless what is in no inline namespace of an
# instruction set. tapeless::shared, for what all units share, is the exception: it must be in none.
found=$(grep -rnE '^[[:space:]]*(inline )?namespace tapeless\b' --include='*.hpp' "$1" | grep -vE 'namespace tapeless::(inline TAPELESS_ABI|shared)\b')
tagged=$(grep -rnE '^[[:space:]]*namespace tapeless::inline TAPELESS_ABI::shared\b' --include='*.hpp' "$1")
[ -z "$found" ] || printf 'write namespace tapeless::inline TAPELESS_ABI:\n%s\n' "$found"
[ -z "$tagged" ] || printf 'write namespace tapeless::shared:\n%s\n' "$tagged"
[ -z "$found$tagged" ]
