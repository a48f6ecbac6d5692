#!/usr/bin/env bash
# Installs what building and testing needs: the Debian packages of scripts/packages.txt and the
# pinned wheels in .venv. A second start finds everything in place and changes nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
usage: scripts/setup.sh [--cpu | --full]
  --full   every wheel of torch, GPU code is compiled (about 5 GB; the default)
  --cpu    the small set: no GPU code (about 1.5 GB)
Without either the choice of the last time stays. TORCH_ROOT=DIR takes a torch package that is
there already (DIR holds include/ and lib/) and installs none.
TEXT
}

venv=.venv
stamp=$venv/setup.stamp # "<kind> <hash of the requirement files>"
kind=
for argument in "$@"; do
  case $argument in
    --cpu) kind=cpu ;;
    --full) kind=full ;;
    -h | --help) usage && exit 0 ;;
    *) echo "setup.sh: unknown argument '$argument'" >&2 && usage >&2 && exit 1 ;;
  esac
done

say() { echo "setup: $*" >&2; }

# Runs a command; its output shows only if it fails.
quietly() {
  local output
  output=$(mktemp)
  if ! "$@" >"$output" 2>&1; then
    cat "$output" >&2
    rm -f "$output"
    say "failed: $*"
    return 1
  fi
  rm -f "$output"
}

install_packages() {
  local name missing=() as_root=()
  if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian: install the equivalents of scripts/packages.txt yourself"
    return
  fi
  while read -r name; do
    [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$name" 2>/dev/null) == ii* ]] || missing+=("$name")
  done <scripts/packages.txt
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      say "these Debian packages are missing, and installing them takes root or sudo:"
      say "  apt-get install ${missing[*]}"
      exit 1
    fi
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  quietly "${as_root[@]}" apt-get update -qq
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# The kind of the last time, nothing if there was none.
stamped_kind() { [[ ! -f $stamp ]] || cut -d ' ' -f 1 "$stamp"; }

install_wheels() {
  local before files=(requirements-test.txt) options=()
  before=$(stamped_kind)
  if [[ -n ${TORCH_ROOT:-} ]]; then
    [[ -d $TORCH_ROOT/include && -d $TORCH_ROOT/lib ]] ||
      { say "TORCH_ROOT=$TORCH_ROOT holds no include/ and lib/, name a torch package's directory" && exit 1; }
    kind=site
  elif [[ -z $kind ]]; then
    kind=full
    [[ $before != cpu ]] || kind=cpu
  fi
  case $kind in
    full) files+=(requirements.txt) ;;
    cpu) files+=(requirements-cpu.txt) ;;
  esac
  # torch names its CUDA packages as dependencies: the small set is complete as it is listed.
  [[ $kind != cpu ]] || options=(--no-deps)
  local now
  now="$kind $(cat "${files[@]}" | sha256sum | cut -d ' ' -f 1)"
  [[ -f $stamp && $(<"$stamp") == "$now" ]] && return
  # The small set must not find GPU packages that another kind left behind.
  if [[ -d $venv && $before != "$kind" && ($kind != full || -n $before) ]]; then rm -rf "$venv"; fi
  local python=python3
  [[ ! -x /usr/bin/python3 ]] || python=/usr/bin/python3
  [[ -x $venv/bin/python ]] || quietly "$python" -m venv "$venv"
  say "installing Python wheels into $venv ($kind)"
  quietly "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${options[@]}" \
    "${files[@]/#/--requirement=}"
  echo "$now" >"$stamp"
}

install_packages
install_wheels
