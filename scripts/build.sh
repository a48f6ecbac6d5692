#!/usr/bin/env bash
# usage: scripts/build.sh [PRESET]    configures and builds a preset of CMakePresets.json (release)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-release}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! cmake --preset "$preset" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
grep -E "not registered|Warning" "$log" >&2 || true

quiet=(--quiet)
[[ ! -t 1 ]] || quiet=() # at a terminal a long build shows where it is
cmake --build --preset "$preset" --parallel "$(nproc)" -- "${quiet[@]}"
