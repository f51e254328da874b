#!/usr/bin/env bash
# debian13.sh [FOLDER]: builds and tests the tree in a Debian 13 made by debootstrap in FOLDER: g++ 14, xsimd 13, xtensor 0.25.
# Needs root and debootstrap. A FOLDER that is given keeps its Debian for the next time; without one a temporary folder is used.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" -eq 0 ] || { echo "debian13.sh needs root, for debootstrap and chroot" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debian13.sh needs the package debootstrap" >&2; exit 1; }

# The Debian mirror that this machine itself uses: from one-line sources or from deb822 files.
mirror() {
  find /etc/apt -name '*.list' -exec cat {} + -o -name '*.sources' -exec cat {} + |
    sed -nE 's/^URIs:[[:space:]]*//p; s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p' |
    tr ' ' '\n' | grep -E '/debian/?$' | sort -u | head -n 1
}

root=${1:-}
if [ -z "$root" ]; then
  root=$(mktemp -d)
  temporary=yes
fi
mkdir -p "$root"
root=$(cd "$root" && pwd)

leave() {
  if mountpoint -q "$root/proc"; then umount "$root/proc" || return; fi
  [ -z "${temporary:-}" ] || rm -rf --one-file-system "$root"
}
trap leave EXIT

if [ ! -e "$root/etc/debian_version" ]; then
  from=$(mirror) || { echo "debian13.sh found no Debian mirror in /etc/apt" >&2; exit 1; }
  echo "Installing Debian 13 into $root"
  debootstrap --variant=minbase --include=ca-certificates trixie "$root" "$from" >"$root/debootstrap.log" 2>&1 ||
    { tail -20 "$root/debootstrap.log" >&2; exit 1; }
fi
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
# An apt proxy of this machine holds inside as well.
find /etc/apt/apt.conf.d -name '*proxy*' -exec cp -t "$root/etc/apt/apt.conf.d" {} + 2>/dev/null || true
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc" 2>/dev/null || echo "going on without /proc"

# Copied anew and built from nothing: a file changed during the last build would be older than what that build made from it.
rm -rf --one-file-system "$root/tapeless"
mkdir "$root/tapeless"
tar -C "$source" --exclude=./build --exclude=./.git -cf - . | tar -C "$root/tapeless" -xf -
chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 ${http_proxy:+http_proxy="$http_proxy"} \
  /tapeless/cmake/test.sh
