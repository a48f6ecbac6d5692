#!/usr/bin/env bash
# Sets up, builds and tests everything: what is labelled fast or mpi and short rounds of the slow
# tests; then all that links no torch once more under AddressSanitizer and UBSan.
#
# usage: scripts/test.sh [--slow]     --slow: the slow tests in full
#
# NAS_DATA_DIR=DIR (a folder that holds nasbench/) adds the tests on benchmark tables.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
  "") export NAS_TEST_ROUNDS=short && more=() ;;
  --slow) export NAS_TEST_ROUNDS=full && more=(--build-config full) ;;
  *) echo "usage: scripts/test.sh [--slow]" >&2 && exit 1 ;;
esac

run_tests() { ctest --test-dir "$1" --output-on-failure --no-tests=error --parallel "$(nproc)" "${more[@]}" "${@:2}"; }

scripts/setup.sh
scripts/build.sh release
run_tests build

scripts/build.sh sanitize
run_tests build-sanitize --label-regex '^fast$'
