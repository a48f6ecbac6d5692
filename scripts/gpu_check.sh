#!/usr/bin/env bash
# Everything that needs a GPU: the tests labelled gpu, then training speed against PyTorch. Under eight
# minutes on one GPU; builds nothing.
#
# usage: scripts/gpu_check.sh [BUILD] [PYTHON]
#   BUILD: a build of the whole project (build)
#   PYTHON: with PyTorch of the version that BUILD is linked to (.venv/bin/python)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build}
python=${2:-.venv/bin/python}

if ! nvidia-smi -L 2>/dev/null | grep -q '^GPU '; then
  echo "gpu_check: no GPU here (nvidia-smi lists none), start it on a node that has one" >&2
  exit 1
fi
for file in "$build/bin/nas-trainer" "$build/bin/libnas_cuda.so" "$build/tests/export_network" "$build/tests/export_networks"; do
  [[ -e $file ]] && continue
  echo "gpu_check: $file is not there, build first (scripts/build.sh after scripts/setup.sh without --cpu)" >&2
  exit 1
done
"$python" -c 'import sys, torch; sys.exit(None if torch.cuda.is_available() else "gpu_check: this PyTorch finds no GPU")'

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
failed=0
"$python" tests/trainer/gpu_test.py "$build/bin/nas-trainer" || failed=1

tools=("$build/tests/export_network" "$build/tests/export_networks" "$build/bin/nas-trainer")
compare() { # SECONDS ARCHITECTURE BATCH [OPTION...]
  timeout "$1" "$python" tests/trainer/throughput_benchmark.py "${tools[@]}" --architecture "$2" --batch "$3" \
    --device cuda --precision bf16 --images 8192 --rounds 3 "${@:4}" && return
  echo "gpu_check: $2 with batch $3 failed, or took longer than its $1 s" >&2
  failed=1
}
for batch in 64 256; do
  compare 80 nas_bench_201/best_cifar10 "$batch" --compile
  compare 40 darts/DARTS_V2 "$batch"
done
compare 120 darts/DARTS_V2 64 --compile # compiling takes most of it
exit "$failed"
