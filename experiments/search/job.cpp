#include "experiments/search/job.h"

#include <nlohmann/json.hpp>

#include "nas/network.h"
#include "nas/network_json.h"
#include "search_spaces/text_space.h"

namespace nas {

std::function<Result<std::string>(const Candidate&)> make_job_writer(const ExperimentConfig& config,
                                                                     const SearchSpace& space) {
  const bool train = config.evaluator.type == EvaluatorType::Train;
  ExperimentConfig copy = config;
  const nlohmann::json training = options_to_json(options(copy.training));
  const nlohmann::json data = options_to_json(options(copy.data));
  return [&space, train, training, data](const Candidate& candidate) -> Result<std::string> {
    nlohmann::json job = {{"id", number(candidate.id)},
                          {"seed", candidate.seed},
                          {"budget", candidate.budget},
                          {"genotype", candidate.genotype.genes},
                          {"choices", choices_by_name(space, candidate.genotype)}};
    if (space.has_network()) {
      const auto network = space.decode(candidate.genotype);
      if (!network) return network.error();
      for (const auto& [name, count] : named_counts(*network)) job[name] = count;
      job["network"] = network_to_json(*network);
    }
    if (train) {
      job["training"] = training;
      job["training"].update(hyperparameters(space, candidate.genotype));
      job["training"]["epochs"] = candidate.budget;
      job["data"] = data;
    }
    return job.dump();
  };
}

}  // namespace nas
