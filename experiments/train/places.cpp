#include "experiments/train/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nas {

CandidateId id_of(const TrainingPlace& place, const TrainingCounts& counts) {
  return CandidateId{(place.attempt * counts.trainings + place.training) * counts.processes + place.rank};
}

TrainingPlace place_of(CandidateId id, const TrainingCounts& counts) {
  const std::size_t group = number(id) / counts.processes;
  return {group % counts.trainings, group / counts.trainings, number(id) % counts.processes};
}

NodePlan plan_trainers(std::span<const RankFacts> facts, const Resources& resources, std::size_t wanted) {
  PlanRequest request{DeviceUse::Auto, static_cast<std::int32_t>(resources.workers),
                      static_cast<std::int32_t>(resources.workers_per_device)};
  NodePlan plan = plan_slots(facts, request);
  if (plan.slots() <= wanted) return plan;
  if (facts.size() == 1) {
    request.workers = static_cast<std::int32_t>(wanted);
    return plan_slots(facts, request);
  }
  std::size_t left = wanted;
  for (RankPlan& rank : plan.ranks) {
    rank.slots.resize(std::min(rank.slots.size(), left));
    left -= rank.slots.size();
  }
  return plan;
}

bool spans_nodes(const NodePlan& plan, std::span<const RankFacts> facts, std::size_t processes) {
  std::set<std::int32_t> nodes;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (!plan.ranks[i].slots.empty()) nodes.insert(facts[i].node);
  }
  return processes > 1 && nodes.size() > 1;  // slots come free one by one, on any node
}

std::string describe_slots(const NodePlan& plan, std::span<const RankFacts> facts) {
  std::string text;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    text += fmt::format("{}{} on rank {} ({})", text.empty() ? "" : ", ", plan.ranks[i].slots.size(), facts[i].rank,
                        facts[i].host);
  }
  return text;
}

}  // namespace nas
