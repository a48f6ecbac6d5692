// The table of algorithms. Adding one: its two files, a line in nas/CMakeLists.txt, a row here.
#include <algorithm>

#include "nas/algorithms/aging_evolution.h"
#include "nas/algorithms/asha.h"
#include "nas/algorithms/auto.h"
#include "nas/algorithms/local_search.h"
#include "nas/algorithms/moead.h"
#include "nas/algorithms/nsga2.h"
#include "nas/algorithms/random.h"
#include "nas/algorithms/surrogate.h"

namespace nas {
namespace {

template <class Config>
std::unique_ptr<AlgorithmConfig> make_config() {
  return std::make_unique<Config>();
}

const std::vector<AlgorithmRow>& rows() {
  static const std::vector<AlgorithmRow> kRows = {
      {"random", "independent samples of the space: the baseline, for any number of objectives",
       "Bergstra and Bengio 2012, Random search for hyper-parameter optimization", &make_config<RandomSearchConfig>},
      {"aging_evolution", "mutants of tournament winners, the oldest dies: robust for one objective",
       "Real et al. 2019, Regularized evolution for image classifier architecture search",
       &make_config<AgingEvolutionConfig>},
      {"nsga2", "a population spread along the Pareto front, steady state: for two or more objectives",
       "Deb et al. 2002, A fast and elitist multiobjective genetic algorithm: NSGA-II", &make_config<Nsga2Config>},
      {"moead", "the best of many weightings of the objectives, steady state: for four objectives and more",
       "Zhang and Li 2007, MOEA/D: a multiobjective evolutionary algorithm based on decomposition",
       &make_config<MoeadConfig>},
      {"local_search",
       "the neighbours of the best or of the front: the strong simple baseline, for any number of objectives",
       "White et al. 2021, Exploring the loss landscape in neural architecture search",
       &make_config<LocalSearchConfig>},
      {"surrogate", "the children that a model of genes and graph finds most promising: for costly evaluations",
       "Jones et al. 1998, Efficient global optimization; Ru et al. 2021, Interpretable NAS via Bayesian optimisation "
       "with Weisfeiler-Lehman kernels",
       &make_config<SurrogateConfig>},
      {"asha",
       "candidates of any other algorithm train for few epochs, the best go on: for trainings whose curves tell early",
       "Li et al. 2020, A system for massively parallel hyperparameter tuning", &make_config<AshaConfig>},
      {kAutoAlgorithm, "the default: the algorithm that suits the objectives, the evaluations and the size of the space",
       "a rule from the figures in docs/algorithms.md", &make_config<AutoConfig>},
  };
  return kRows;
}

}  // namespace

std::span<const AlgorithmRow> algorithms() { return rows(); }

const AlgorithmRow* find_algorithm(std::string_view name) {
  const auto found =
      std::find_if(rows().begin(), rows().end(), [&](const AlgorithmRow& row) { return row.name == name; });
  return found == rows().end() ? nullptr : &*found;
}

}  // namespace nas
