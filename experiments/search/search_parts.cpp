#include "experiments/search/search_parts.h"

#include "experiments/search/screening.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

StudyDescription describe_study(const PreparedSearch& search, const std::filesystem::path& run) {
  const ExperimentConfig& config = search.order.config;
  StudyDescription description;
  description.name = run.filename().empty() ? run.parent_path().filename().string() : run.filename().string();
  description.space = search.space->name();
  description.genes = search.space->genes();
  for (const Objective& objective : search.setup.objectives) {
    description.objectives.push_back({objective.name(), objective.direction});
  }
  for (const Limit& limit : search.setup.trained_limits) description.constraints.push_back(limit.text);
  description.config_text = yaml_text(resolved_json(config));
  description.seed = static_cast<std::uint64_t>(config.seed);
  description.evaluations = static_cast<std::uint64_t>(config.evaluations);
  description.program_version = NAS_VERSION;
  return description;
}

ProposerConfig proposer_config(const PreparedSearch& search) {
  const ExperimentConfig& config = search.order.config;
  std::vector<Genotype> start;
  for (const StartCandidate& candidate : search.starts) start.push_back(candidate.genotype);
  return {static_cast<std::uint64_t>(config.seed), static_cast<std::uint64_t>(config.evaluations), budget_of(config),
          config.allow_duplicates, std::move(start)};
}

FarmOptions farm_options(const Resources& resources, int ranks) {
  FarmOptions options;
  options.timing = FarmTiming::of(resources.seconds_of_silence, ranks);
  options.retry = {resources.max_attempts, {}};
  for (const std::string& name : resources.retry) options.retry.again.push_back(failure_type_from(name).value());
  options.prefetch = resources.prefetch;
  options.learn_limit = resources.seconds_per_candidate == Resources::kLearntDeadline;
  return options;
}

}  // namespace nas
