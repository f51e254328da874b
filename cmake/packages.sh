# shellcheck shell=bash
# Sourced by the scripts beside it.
# need CHECK PACKAGE ...: installs each Debian PACKAGE whose CHECK, a command or a file, is missing. Says what to do where it cannot.
need() {
  local missing=() log
  while [ $# -gt 0 ]; do
    command -v "$1" >/dev/null || [[ $1 == /* && -e $1 ]] || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "These packages seem to be missing: ${missing[*]} (Debian's names). Going on without them." >&2
    return 0
  fi
  echo "Installing ${missing[*]}"
  log=$(mktemp)
  if ! { apt-get -qq -o Acquire::Retries=3 update &&
         DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
           install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  rm -f "$log"
}

# choose_generator FOLDER: ninja, else make; a FOLDER that is already configured and the user's own choice stay as they are.
choose_generator() {
  [ -z "${CMAKE_GENERATOR:-}" ] && [ ! -e "$1/CMakeCache.txt" ] || return 0
  command -v make >/dev/null || need ninja ninja-build
  if command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; else export CMAKE_GENERATOR="Unix Makefiles"; fi
}
