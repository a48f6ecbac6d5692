#include "experiments/search/search_parts.h"

#include <algorithm>
#include <utility>

#include "experiments/config/data_record.h"
#include "experiments/search/screening.h"
#include "search_spaces/yaml_tree.h"
#include "trainer/rate_schedule.h"

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
  if (search.order.data) description.data_text = data_record(*search.order.data);
  return description;
}

ProposerConfig proposer_config(const PreparedSearch& search) {
  const ExperimentConfig& config = search.order.config;
  std::vector<Genotype> start;
  for (const StartCandidate& candidate : search.starts) start.push_back(candidate.genotype);
  return {static_cast<std::uint64_t>(config.seed), static_cast<std::uint64_t>(config.evaluations), budget_of(config),
          config.allow_duplicates, std::move(start)};
}

TensorboardPlan tensorboard_plan(const PreparedSearch& search, const std::filesystem::path& run,
                                 std::function<void(const std::string&)> say) {
  const ExperimentConfig& config = search.order.config;
  TensorboardPlan plan;
  if (!config.log.tensorboard) return plan;
  plan.folder = run / kTensorboardFolder;
  plan.genes = search.space->genes();
  plan.say = std::move(say);
  if (!search.order.data) return plan;
  plan.more = [&search](const Candidate& candidate, std::int32_t epoch) -> Metrics {
    TrainingOptions training = search.order.config.training;
    const auto set = options_from_json(options(training), hyperparameters(*search.space, candidate.genotype));
    if (!set) return {};
    return {{"learning_rate",
             rate_after(epoch, training, search.order.data->train, std::max(candidate.full_budget, candidate.budget))}};
  };
  return plan;
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
