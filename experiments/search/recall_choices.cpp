#include "experiments/search/recall_choices.h"

#include <algorithm>
#include <optional>

#include "experiments/config/read_experiment.h"
#include "experiments/store/run_directory.h"
#include "experiments/store/study.h"
#include "nas/algorithms/auto.h"

namespace nas {
namespace {

std::optional<ExperimentConfig> config_of(const std::filesystem::path& run) {
  if (run_presence(run) != RunPresence::Run) return {};
  const auto text = read_config_text(run);
  if (!text) return {};
  const auto tree = parse_yaml(*text, run.string());
  if (!tree) return {};
  Diagnostics diagnostics;
  ExperimentConfig config = read_experiment(*tree, run, diagnostics);
  if (!diagnostics.empty()) return {};
  return config;
}

}  // namespace

void recall_choices(LoadedExperiment& experiment, const std::filesystem::path& run) {
  ExperimentConfig& config = experiment.config;
  const bool is_open = std::ranges::any_of(config.start_from, [](const StartPoint& p) { return !p.run.empty(); });
  if (config.algorithm.type != kAutoAlgorithm && !is_open) return;
  const auto stored = config_of(run);
  if (!stored) return;
  if (config.algorithm.type == kAutoAlgorithm) config.algorithm = stored->algorithm;
  if (!is_open) return;
  config.start_from = stored->start_from;
  experiment.start_places.clear();
}

}  // namespace nas
