#include "experiments/config/algorithm_prose.h"

#include <algorithm>
#include <array>

namespace nas {
namespace {

constexpr std::array kProse = {
    AlgorithmProse{"random",
                   "Every candidate is an independent sample of the space, by the weights of its genes. It reads no "
                   "result, so it never gets stuck and never learns.",
                   "As the yardstick: whatever does not beat it at equal evaluations is not worth its name. Also to "
                   "collect data for a model or a table."},
    AlgorithmProse{
        "aging_evolution",
        "A population of the last results; each new candidate is the best of a few members drawn at random, "
        "with one gene changed. The oldest member dies, however good it is, so that a lucky result does not "
        "stay for ever.",
        "One objective, noisy results, tens of thousands of evaluations. It needs some hundreds to get going."},
    AlgorithmProse{
        "nsga2",
        "A population that is sorted by domination and, within a front, by how lonely its members are; "
        "children come from tournaments, by crossover and mutation, one at a time. Limits on trained metrics "
        "come before all else.",
        "Two or three objectives with thousands of evaluations and more, or as the baseline that others "
        "publish."},
    AlgorithmProse{"moead",
                   "A hundred weightings of the objectives, each with the best result for it; parents come from "
                   "neighbouring weightings, and a child replaces whatever it beats. With many objectives nearly all "
                   "results are equally good by domination, but not by a weighting.",
                   "Four objectives and more. Also two or three on a large space, where it is ahead of `nsga2` for the "
                   "first thousands of evaluations."},
    AlgorithmProse{"local_search",
                   "One objective: from the best of a few samples it moves to the first neighbour (one gene changed) "
                   "that is better; from a local optimum a few random changes lead away and it climbs anew. Several "
                   "objectives: Pareto local search, the neighbours of a random member of the front.",
                   "The strong simple baseline. One objective on a large space, where a model has little to hold on to "
                   "after the first hundreds of evaluations."},
    AlgorithmProse{"surrogate",
                   "Many children of the best results are proposed by mutation and crossover, and a Gaussian process "
                   "that compares genes and the network's graph foretells what each would bring; the one with the "
                   "largest expected improvement (several objectives: of the hypervolume, computed exactly) is "
                   "evaluated. Params, MACs and other metrics that can be computed without training are computed for "
                   "every child and never modelled. Candidates that are still running count as if they came out as "
                   "foretold; failed and infeasible ones teach a model of their own.",
                   "Whenever an evaluation costs minutes or more: it needs a fraction of the evaluations of all others "
                   "on spaces of cells. A proposal costs ten to some tens of milliseconds, however long the search."},
    AlgorithmProse{
        "asha",
        "Every candidate of another algorithm (`proposals`) is trained for few epochs first; the best third "
        "of those go on from their checkpoint with three times as many, the best third of these again, up to "
        "`training.epochs`. Nothing waits for anything: whoever is good enough is promoted when a worker is "
        "free. A learning-curve rule stops candidates without a hope.",
        "Trainings of many epochs whose first ones tell a lot. An evaluation is a training of any length "
        "here, so give it more `evaluations` than you would give the others."},
    AlgorithmProse{
        "auto",
        "No algorithm of its own: it looks at the search and takes one of the others, with that one's "
        "defaults, by the rule above. `nas search --check`, the start of a run and `nas status` say which one "
        "and why. The choice is made once: it is written to the run's config, and a run that goes on with "
        "more evaluations keeps it.",
        "By default. Name an algorithm where you know better."},
};

constexpr std::string_view kIntroduction = R"(# Search algorithms

Generated from the tables of the program by the test `experiments_config_reference`; `nas algorithms` prints the
options too. An experiment names its algorithm and may set its options:

```yaml
algorithm: {type: nsga2, population: 60}
```

All of them ask and tell asynchronously: a new candidate goes out whenever a worker is free, and results are used in
the order in which they come. Given the seed and the order of the results, the candidates are the same on every
machine, and a stopped run goes on as if nothing had happened. No genotype is evaluated twice unless
`allow_duplicates: true`; failed candidates cost an evaluation and are learnt from; candidates over a limit that is
known before training cost none. `start_from:` names candidates that are evaluated first, whatever the algorithm.
)";

constexpr std::string_view kFigures = R"(
## How they compare

[benchmark_results.md](benchmark_results.md) has the tables and pictures of all benchmarks that come with the program,
as `scripts/benchmarks.sh` writes them, with the number of seeds beside each. [benchmarks.md](benchmarks.md) says how
they are made and how to compare the algorithms on a table of your own. Two of them, one objective and two:

![NAS-Bench-201, CIFAR-10](pictures/bench_nas_bench_201_cifar10.svg)

![NAS-Bench-201, error against MFLOPs](pictures/bench_nas_bench_201_front.svg)

**A large space.** Those tables are of spaces of 4 to 6 genes that can be written down whole. `synthetic_study`
(`ninja synthetic_study`; tests/nas/synthetic_study.cpp) compares the algorithms on 40 genes of 4 options, 10^24
genotypes, with a hidden structure: an NK landscape, in which the worth of each gene's option depends on two other
genes, and a second objective that adds up over the genes. Every seed is another landscape, the same for all. Values
are in standard deviations above the mean of random genotypes; more is better; ± is the standard error over 20 seeds up
to 1,000 evaluations, 10 beyond and for `surrogate`.

One objective, the best value seen:

| evaluations | 100 | 300 | 1,000 | 3,000 | 10,000 | 100,000 |
|---|---|---|---|---|---|---|
| `random` | 2.35 ± 0.10 | 2.83 ± 0.10 | 3.11 ± 0.09 | 3.41 ± 0.11 | 3.67 ± 0.07 | 4.26 ± 0.11 |
| `aging_evolution` | 4.01 ± 0.12 | 5.65 ± 0.08 | 6.71 ± 0.10 | **7.29 ± 0.11** | 7.44 ± 0.11 | **8.02 ± 0.06** |
| `nsga2` | 2.76 ± 0.13 | 4.21 ± 0.13 | 6.22 ± 0.11 | 6.96 ± 0.10 | 7.19 ± 0.10 | 7.59 ± 0.12 |
| `moead` | 4.79 ± 0.15 | 6.20 ± 0.13 | 6.84 ± 0.10 | 7.02 ± 0.10 | 7.34 ± 0.08 | 7.45 ± 0.09 |
| `local_search` | 4.90 ± 0.11 | 6.30 ± 0.13 | **6.87 ± 0.10** | 7.22 ± 0.10 | **7.70 ± 0.08** | 8.01 ± 0.11 |
| `surrogate` | **5.43 ± 0.22** | **6.33 ± 0.21** | 6.73 ± 0.14 | | | |

Two objectives, the hypervolume over the mean of random genotypes:

| evaluations | 100 | 300 | 1,000 | 3,000 | 10,000 | 100,000 |
|---|---|---|---|---|---|---|
| `random` | 3.7 ± 0.2 | 5.0 ± 0.4 | 6.5 ± 0.5 | 7.5 ± 0.6 | 8.9 ± 0.7 | 11.7 ± 0.7 |
| `nsga2` | 4.5 ± 0.4 | 11.6 ± 0.7 | 26.1 ± 1.0 | 34.8 ± 1.5 | 40.5 ± 1.2 | 42.7 ± 1.5 |
| `moead` | 11.8 ± 0.7 | 21.5 ± 0.8 | 32.8 ± 0.8 | **38.4 ± 1.4** | **40.8 ± 1.7** | **43.3 ± 1.6** |
| `local_search` | 7.7 ± 0.6 | 16.7 ± 0.8 | 28.2 ± 0.9 | | | |
| `surrogate` | **14.4 ± 1.4** | **28.9 ± 1.4** | **37.9 ± 1.6** | | | |

So a model pays most where evaluations are few or objectives several: with two objectives it is as far after 1,000
evaluations as the best of the others after 3,000, and on the first two landscapes, the only ones on which it was run
so long, it leads after 3,000 too (47.0 against 43.2 of `moead` and 40.1 of `nsga2`). With one objective and so rugged
a landscape it leads at 100 and is one of several from 300 on (after 3,000, on the same two: 7.11, `local_search`
7.22). A proposal costs it tens of milliseconds of a core here (the others take microseconds), which is nothing beside
a training but much in a study: beyond 3,000 evaluations it has not been measured. Between `local_search` and
`aging_evolution` nothing is decided from 3,000 on.
)";

// Kept equal to the file by a test.
constexpr std::string_view kShortest = R"(namespace nas {
namespace {

class RandomSearch final : public SearchAlgorithm {
 public:
  explicit RandomSearch(const SearchSpace& space) : space_(space) {}

  Proposal propose(Rng& rng) const override { return {space_.sample(rng), {}, "sample"}; }
  void tell(const Outcome&) override {}

 private:
  const SearchSpace& space_;
};

}  // namespace

Options RandomSearchConfig::options() { return {}; }

Result<std::unique_ptr<SearchAlgorithm>> RandomSearchConfig::make(const SearchProblem& problem) const {
  return std::unique_ptr<SearchAlgorithm>(std::make_unique<RandomSearch>(problem.space));
}

}  // namespace nas
)";

}  // namespace

AlgorithmProse prose_of(std::string_view algorithm) {
  const auto* const found = std::ranges::find(kProse, algorithm, &AlgorithmProse::name);
  return found == kProse.end() ? AlgorithmProse{} : *found;
}

std::string_view algorithms_introduction() { return kIntroduction; }
std::string_view algorithms_figures() { return kFigures; }
std::string_view shortest_algorithm() { return kShortest; }

}  // namespace nas
