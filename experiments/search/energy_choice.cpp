#include "experiments/search/energy_choice.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "mpi/node_facts.h"
#include "trainer/energy_source.h"

namespace nas {
namespace {

/// A counter that several slots would read, for a person.
std::optional<std::string> shared_counter(std::string_view source, std::span<const RankFacts> facts,
                                          const NodePlan& plan, int processes) {
  const int most_readers = source == "nvml" ? 1 : processes;
  std::map<std::pair<std::int32_t, std::string>, int> readers;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    for (const PlannedSlot& slot : plan.ranks[i].slots) {
      const std::string counter = source == "nvml" ? slot.device : std::string();
      if (++readers[{facts[i].node, counter}] <= most_readers) continue;
      return counter.empty() ? fmt::format("the processor of {}", facts[i].host)
                             : fmt::format("GPU {} of {}", counter, facts[i].host);
    }
  }
  return std::nullopt;
}

/// This program computes on no GPU itself.
EnergyPlaces places_to_look_at() {
  EnergyPlaces places = energy_places();
  places.own_processes = 0;
  return places;
}

const PlannedSlot* first_slot(const NodePlan& plan) {
  for (const RankPlan& rank : plan.ranks) {
    if (!rank.slots.empty()) return &rank.slots.front();
  }
  return nullptr;
}

}  // namespace

Result<std::string> settle_energy_source(const std::string& source, std::span<const RankFacts> facts,
                                         const NodePlan& plan, int processes) {
  if (source == "auto") {
    const PlannedSlot* const slot = first_slot(plan);
    if (slot == nullptr) return std::string("model");
    const std::string counted = slot->device.empty() ? "rapl" : "nvml";
    if (shared_counter(counted, facts, plan, processes)) return std::string("model");
    return best_energy_source(slot->device, places_to_look_at());
  }
  if (!is_counted(source)) return source;
  if (const auto shared = shared_counter(source, facts, plan, processes)) {
    return Error{
        fmt::format("training.energy: {}, but several workers share {} (its counter can't tell one from "
                    "another), set resources.workers so that each has its own, or take energy: model",
                    source, *shared)};
  }
  return source;
}

Result<Unit> check_energy_source(const std::string& source, std::span<const PlannedSlot> slots) {
  if (!is_counted(source)) return Unit{};
  for (const PlannedSlot& slot : slots) {
    const auto counter = open_energy_counter(source, slot.device, places_to_look_at());
    if (!counter) {
      return Error{
          fmt::format("training.energy: {}, but {} can't have it (figures of several sources are not "
                      "comparable): {}",
                      source, host_name(), counter.error().message)};
    }
  }
  return Unit{};
}

}  // namespace nas
