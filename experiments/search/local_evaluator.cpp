#include "experiments/search/local_evaluator.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "experiments/search/energy_choice.h"
#include "experiments/search/job.h"
#include "experiments/search/screening.h"
#include "mpi/child_evaluator.h"
#include "mpi/node_facts.h"
#include "nas/table_evaluator.h"

namespace nas {
namespace {

Result<std::unique_ptr<Evaluator>> make_children(const WorkOrder& order, const SearchSpace& space, int rank) {
  ChildEvaluatorOptions options;
  if (order.config.evaluator.type == EvaluatorType::Train) {
    const auto trainer = find_trainer();
    if (!trainer) return trainer.error();
    const auto energy = check_energy_source(order.config.training.energy.source, order.slots);
    if (!energy) return energy.error();
    options.rules.command = {*trainer};
    options.rules.other_lines = OtherLines::AreProtocolErrors;
    options.rules.interrupt_patience = kCheckpointPatience;
  } else {
    options.rules.command = command_line(order.config.evaluator.command);
  }
  options.rules.guard_program = own_executable();
  options.rules.seconds_per_candidate = std::max(order.config.resources.seconds_per_candidate, 0.0);
  options.slots = child_slots(order.slots, order.threads, order.log_folder, rank);
  options.job_line = make_job_writer(order.config, space, order.checkpoint_folder);
  return std::unique_ptr<Evaluator>(std::make_unique<ChildEvaluator>(std::move(options)));
}

/// Of counts that the table lacks, the networks'.
Result<StopObjective> stop_objective(const ExperimentConfig& config, const SearchSpace& space,
                                     const std::shared_ptr<const Table>& table) {
  const ObjectiveConfig& first = config.objectives.front();
  auto expression = Expression::parse(first.expression);
  if (!expression) return expression.error();
  const Screen screen = make_screen(space, {{}, 0, counts_networks(config, space, table->metrics()), table});
  return StopObjective([objective = Objective{first.direction, std::move(*expression)}, screen](
                           const Genotype& genotype, const Metrics& metrics) -> std::optional<double> {
    Metrics all = screen(genotype).computed;
    for (const auto& [name, value] : metrics) all.try_emplace(name, value);
    const auto value = evaluate(objective.expression, all);
    return value ? std::optional(minimised({objective}, {*value}).front()) : std::nullopt;
  });
}

}  // namespace

std::vector<ChildSlotOptions> child_slots(const std::vector<PlannedSlot>& planned, std::int64_t threads,
                                          const std::string& log_folder, int rank) {
  std::vector<ChildSlotOptions> slots;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    ChildSlotOptions slot;
    slot.environment = {fmt::format("CUDA_VISIBLE_DEVICES={}", planned[i].device),
                        fmt::format("OMP_NUM_THREADS={}", threads)};
    slot.log_path = fmt::format("{}/worker-{}.{}.log", log_folder, rank, i);
    slot.worker = fmt::format("{}:{}.{}", host_name(), rank, i);
    slots.push_back(std::move(slot));
  }
  return slots;
}

Result<std::string> find_trainer() {
  const auto path = std::filesystem::path(own_executable()).parent_path() / "nas-trainer";
  if (access(path.c_str(), X_OK) == 0) return path.string();
  return Error{
      fmt::format("{} is not there (it trains the candidates), build with NAS_WITH_TORCH=ON or use an evaluator of "
                  "type command or table",
                  path.string())};
}

Result<std::unique_ptr<Evaluator>> make_local_evaluator(const WorkOrder& order, const SearchSpace& space, int rank) {
  if (order.config.evaluator.type != EvaluatorType::Table) return make_children(order, space, rank);
  const TableOptions& options = order.config.evaluator.table;
  auto table = Table::load(options, space.genes());
  if (!table) return table.error();
  const auto shared = std::make_shared<const Table>(std::move(*table));
  auto objective = stop_objective(order.config, space, shared);
  if (!objective) return objective.error();
  return std::unique_ptr<Evaluator>(
      std::make_unique<TableEvaluator>(shared, static_cast<std::size_t>(options.slots), std::move(*objective)));
}

}  // namespace nas
