#!/usr/bin/env bash
# Runs every benchmark that comes with the program and puts its table and picture where
# docs/algorithms.md shows them: docs/benchmark_results.md, docs/pictures/bench_*.svg. With all seeds
# that takes hours on two cores.
#
# usage: NAS_DATA_DIR=DIR scripts/benchmarks.sh [--only NAME]... [OPTION of nas bench]...
#        e.g. --only bench_nas_bench_201_cifar10 --seeds 10
# --only: these benchmarks; the page then shows the new results and the earlier ones of the others.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
nas=${NAS_PROGRAM:-build/bin/nas}
results=${NAS_BENCH_RESULTS:-build/bench}
page=docs/benchmark_results.md

only=()
options=()
while (($# > 0)); do
  if [[ $1 == --only ]]; then
    [[ $# -ge 2 ]] || { echo "scripts/benchmarks.sh: --only needs a benchmark's name" >&2 && exit 1; }
    only+=("$2")
    shift 2
  else
    options+=("$1")
    shift
  fi
done
[[ -x $nas ]] || { echo "scripts/benchmarks.sh: there is no program $nas, build it with scripts/build.sh" >&2 && exit 1; }

names=()
for recipe in experiments/recipes/bench_*.yaml; do names+=("$(basename "$recipe" .yaml)"); done
for name in "${only[@]}"; do
  [[ " ${names[*]} " == *" $name "* ]] || {
    echo "scripts/benchmarks.sh: there is no benchmark $name, known: ${names[*]}" >&2 && exit 1
  }
done
[[ ${#only[@]} -gt 0 ]] || only=("${names[@]}")

for name in "${only[@]}"; do
  echo "$name"
  mkdir -p "$results/$name"
  "$nas" bench "$name" --out "$results/$name" "${options[@]}" >"$results/$name/table.txt.new"
  mv "$results/$name/table.txt.new" "$results/$name/table.txt"
  cp "$results/$name/curve.svg" "docs/pictures/$name.svg"
done

# Earlier results of benchmarks that did not run now stand as long as their folder is there.
{
  echo "# Results of the benchmarks"
  echo
  echo "Written by \`scripts/benchmarks.sh\` from what \`nas bench\` prints: means over as many seeds as stand above each"
  echo "table, with standard errors. \`us ask+tell\` is the processor's time for one proposal and one result. What is"
  echo "reported is explained in [benchmarks.md](benchmarks.md), the algorithms in [algorithms.md](algorithms.md)."
  for name in "${names[@]}"; do
    [[ -e $results/$name/table.txt ]] || continue
    title=$(sed -n 's/^benchmark: *//p' "experiments/recipes/$name.yaml")
    printf "\n## %s\n\n\`nas bench %s\`\n\n\`\`\`\n" "${title:-$name}" "$name"
    grep -v "curve.svg$" "$results/$name/table.txt" | sed 's|^/.*/\([^/]*\): |\1: |'
    printf "\`\`\`\n\n![%s](pictures/%s.svg)\n" "${title:-$name}" "$name"
  done
} >"$page.new"
mv "$page.new" "$page"
