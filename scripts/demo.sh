#!/usr/bin/env bash
# A real search in minutes: NAS-Bench-201 cells trained on Fashion-MNIST, accuracy against
# multiply-accumulates, one coordinator and two workers under mpirun. Sets up and builds first what
# is not there yet.
#
# usage: scripts/demo.sh [OPTION of nas search]...     e.g. --set evaluations=60
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
recipe=fashion_mnist_nas_bench_201

scripts/setup.sh
scripts/build.sh release

# Every start is a run of its own.
run=runs/demo
for ((n = 2; ; ++n)); do
  [[ -e $run ]] || break
  run=runs/demo-$n
done

if ((EUID == 0)); then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
mpirun -n 3 --oversubscribe --bind-to none \
  build/bin/nas search "experiments/recipes/$recipe.yaml" --run "$run" "$@"
