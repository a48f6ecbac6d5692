#include "experiments/search/job.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "experiments/store/run_directory.h"
#include "nas/network.h"
#include "nas/network_json.h"
#include "search_spaces/text_space.h"

namespace nas {
namespace {

nlohmann::json stop_rule_json(const ObjectiveConfig& objective, const std::vector<double>& bounds) {
  nlohmann::json rule = {{"objective", objective.expression},
                         {"direction", objective.direction == Direction::Maximise ? "maximize" : "minimize"},
                         {"bounds", nlohmann::json::array()}};
  constexpr double kNone = std::numeric_limits<double>::max();
  for (const double bound : bounds) {
    rule["bounds"].push_back(bound < kNone ? nlohmann::json(std::max(bound, -kNone)) : nullptr);
  }
  return rule;
}

/// Where it keeps its checkpoints, whose training it carries on, when it is to stop.
void add_partial_training(nlohmann::json& job, const Candidate& candidate, const ObjectiveConfig& objective,
                          const std::string& checkpoints) {
  const auto folder = [&](CandidateId id) { return checkpoints + "/" + std::to_string(number(id)); };
  job["checkpoint"] = folder(candidate.id);
  if (candidate.continues) {
    job["continues"] = number(*candidate.continues);
    job["continue_from"] = folder(*candidate.continues);
  }
  if (!candidate.stop_above.empty()) job["stop_above"] = stop_rule_json(objective, candidate.stop_above);
}

}  // namespace

std::function<Result<std::string>(const Candidate&)> make_job_writer(const ExperimentConfig& config,
                                                                     const SearchSpace& space,
                                                                     std::string checkpoints) {
  const bool train = config.evaluator.type == EvaluatorType::Train;
  ExperimentConfig copy = config;
  const nlohmann::json training = options_to_json(options(copy.training));
  const nlohmann::json data = options_to_json(options(copy.data));
  const std::string preprocessing =
      (std::filesystem::path(checkpoints).parent_path() / run_files::kPreprocessing).string();
  ObjectiveConfig objective;
  if (!config.objectives.empty()) objective = config.objectives.front();
  return [&space, train, training, data, preprocessing, objective,
          checkpoints = std::move(checkpoints)](const Candidate& candidate) -> Result<std::string> {
    nlohmann::json job = {
        {"id", number(candidate.id)},           {"seed", candidate.seed},
        {"budget", candidate.budget},           {"full_budget", candidate.full_budget},
        {"genotype", candidate.genotype.genes}, {"choices", choices_by_name(space, candidate.genotype)}};
    add_partial_training(job, candidate, objective, checkpoints);
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
      job["preprocessing"] = preprocessing;
    }
    return job.dump();
  };
}

}  // namespace nas
