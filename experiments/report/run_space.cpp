#include "experiments/report/run_space.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/config/data_record.h"
#include "experiments/config/read_experiment.h"
#include "experiments/config/shipped_files.h"
#include "experiments/store/run_directory.h"

namespace nas {
namespace {

bool same_choices(const Gene& a, const Gene& b) { return a.name == b.name && a.options == b.options; }

/// As it was when the search was prepared, which runs of before did not store.
std::optional<DataDescription> data_of(const StudyDescription& study, const ExperimentConfig& config) {
  if (auto stored = data_of_record(study.data_text)) return stored;
  auto found = describe_data(config.data);
  return found ? std::optional(*found) : std::nullopt;
}

SpaceOverrides overrides_of(const StudyDescription& study, const ExperimentConfig& config) {
  SpaceOverrides overrides;
  for (const auto& [name, value] : config.parameters) overrides.parameters.push_back({name, value, {}});
  if (config.evaluator.type != EvaluatorType::Train) return overrides;
  if (const auto data = data_of(study, config)) {
    overrides.input = data->input;
    overrides.classes = static_cast<double>(data->output.channels);
  }
  return overrides;
}

}  // namespace

Result<std::unique_ptr<TextSpace>> open_run_space(const StudyDescription& study) {
  const auto tree = parse_yaml(study.config_text, run_files::kConfig);
  if (!tree) return tree.error();
  Diagnostics diagnostics;
  const ExperimentConfig config = read_experiment(*tree, "/", diagnostics);
  const auto file = find_space(config.space, "/");
  if (!file) return file.error();
  const auto root = read_yaml(*file);
  if (!root) return root.error();
  auto space = TextSpace::make(*root, overrides_of(study, config));
  if (!space) return space.error();
  if (!std::ranges::equal((*space)->genes(), study.genes, same_choices)) {
    return Error{fmt::format("{} has other genes now than when the run was started", file->string())};
  }
  return space;
}

}  // namespace nas
