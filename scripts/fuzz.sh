#!/usr/bin/env bash
# Feeds damaged space files to the parser and decoder: clang's libFuzzer under AddressSanitizer and
# UBSan, from the library and tests/fuzz/corpus. It ends with an error on a crash, a leak, or an
# answer that takes over a second of computing; what caused it lies in the build directory under found/.
#
# usage: scripts/fuzz.sh [RUNS] [OPTION of libFuzzer]...     e.g. scripts/fuzz.sh 1000000 -max_len=16384
#
# FUZZ_BUILD=DIR builds elsewhere than in build-fuzz. What was found to reach new code stays in
# DIR/corpus and is where the next start begins; FUZZ_FRESH=1 begins anew, for runs that repeat.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
runs=${1:-100000}
shift || true
build=${FUZZ_BUILD:-build-fuzz}

cmake --preset fuzz -B "$build" >/dev/null
cmake --build "$build" --parallel "$(nproc)" --target space_fuzz space_dictionary -- --quiet

[[ -z ${FUZZ_FRESH:-} ]] || rm -rf "$build/corpus"
mkdir -p "$build/corpus" "$build/found"
"$build/bin/space_dictionary" >"$build/space.dict"
# Short stacks and a small quarantine: several times as many inputs a second.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}malloc_context_size=2:quarantine_size_mb=8:detect_leaks=1
exec "$build/bin/space_fuzz" "$build/corpus" search_spaces/library search_spaces/starter tests/fuzz/corpus \
  -dict="$build/space.dict" -runs="$runs" -seed=1 -max_len=4096 -timeout=20 -rss_limit_mb=2048 \
  -artifact_prefix="$build/found/" -print_final_stats=1 -verbosity=1 "$@"
