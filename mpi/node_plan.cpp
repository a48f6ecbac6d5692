#include "mpi/node_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace nas {
namespace {

constexpr std::int32_t kCoordinator = 0;

using Node = std::vector<std::size_t>;  // indices of facts, by rank

std::map<std::int32_t, Node> nodes_of(std::span<const RankFacts> facts) {
  std::map<std::int32_t, Node> nodes;
  for (std::size_t i = 0; i < facts.size(); ++i) nodes[facts[i].node].push_back(i);
  for (auto& [id, node] : nodes) std::ranges::sort(node, {}, [&](std::size_t i) { return facts[i].rank; });
  return nodes;
}

/// The ranks of a node that supervise: all but the coordinator, unless it is alone there.
Node supervisors(const Node& node, std::span<const RankFacts> facts) {
  Node chosen;
  for (const std::size_t i : node) {
    if (node.size() == 1 || facts[i].rank != kCoordinator) chosen.push_back(i);
  }
  return chosen;
}

/// Each device goes to the rank that sees it and has fewest so far. So equal lists are divided
/// evenly, and lists that a batch system made different stay with their ranks.
std::map<std::size_t, std::vector<std::string>> divide_devices(const Node& node, std::span<const RankFacts> facts) {
  const Node able = supervisors(node, facts);
  std::map<std::size_t, std::vector<std::string>> owned;
  std::set<std::string> seen;
  for (const std::size_t source : node) {
    for (const std::string& device : facts[source].devices) {
      if (!seen.insert(device).second) continue;
      std::optional<std::size_t> owner;
      for (const std::size_t i : able) {
        const bool sees = std::ranges::find(facts[i].devices, device) != facts[i].devices.end();
        if (sees && (!owner || owned[i].size() < owned[*owner].size())) owner = i;
      }
      // A device that only the coordinator sees would be lost otherwise.
      owned[owner.value_or(source)].push_back(device);
    }
  }
  return owned;
}

double cores_of_node(const Node& node, std::span<const RankFacts> facts) {
  std::set<std::int32_t> cores;
  double limit = 0;
  for (const std::size_t i : node) {
    cores.insert(facts[i].cores.begin(), facts[i].cores.end());
    limit = std::max(limit, facts[i].core_limit);
  }
  const auto count = static_cast<double>(cores.size());
  return limit > 0 ? std::min(limit, count) : count;
}

double cores_of_rank(const RankFacts& facts) {
  const auto count = static_cast<double>(facts.cores.size());
  return facts.core_limit > 0 ? std::min(facts.core_limit, count) : count;
}

class Planner {
 public:
  Planner(std::span<const RankFacts> facts, const PlanRequest& request) : facts_(facts), request_(request) {
    plan_.ranks.resize(facts.size());
    for (std::size_t i = 0; i < facts.size(); ++i) plan_.ranks[i].rank = facts[i].rank;
    use_devices_ = request.devices == DeviceUse::Auto &&
                   std::ranges::any_of(facts, [](const RankFacts& each) { return !each.devices.empty(); });
  }

  NodePlan plan() {
    note_useless_request();
    const std::map<std::int32_t, Node> nodes = nodes_of(facts_);
    for (const auto& [id, node] : nodes) {
      if (use_devices_) {
        give_devices(node);
      } else {
        give_cores(node);
      }
    }
    std::int32_t threads = 0;
    for (const auto& [id, node] : nodes) count_threads(node, threads);
    plan_.threads = std::max(threads, 1);
    return std::move(plan_);
  }

 private:
  void note_useless_request() {
    if (request_.workers_per_device <= 1) return;
    const std::string asked = fmt::format("workers_per_device: {} changes nothing", request_.workers_per_device);
    if (request_.workers > 0) {
      plan_.notes.push_back(fmt::format("{} beside workers: {}, which is for each rank", asked, request_.workers));
    } else if (!use_devices_) {
      plan_.notes.push_back(
          fmt::format("{} without GPUs ({}), ask for resources.workers instead", asked,
                      request_.devices == DeviceUse::CpuOnly ? "none is needed here" : "no rank sees any"));
    }
  }

  void give_devices(const Node& node) {
    const std::map<std::size_t, std::vector<std::string>> owned = divide_devices(node, facts_);
    std::vector<std::int32_t> idle;
    for (const std::size_t i : node) {
      const auto found = owned.find(i);
      if (found != owned.end() && !found->second.empty()) {
        give(i, found->second);
      } else if (facts_[i].rank != kCoordinator) {
        idle.push_back(facts_[i].rank);
      }
    }
    const std::string& host = facts_[node.front()].host;
    if (!idle.empty()) {
      plan_.notes.push_back(fmt::format("{}: no GPU is left for rank{} {} (one trainer a GPU), start fewer ranks there",
                                        host, idle.size() > 1 ? "s" : "", fmt::join(idle, ", ")));
    } else if (owned.empty()) {
      plan_.notes.push_back(fmt::format("{}: no GPU, so nothing is trained there", host));
    }
  }

  void give(std::size_t i, const std::vector<std::string>& devices) {
    const std::size_t slots = request_.workers > 0
                                  ? static_cast<std::size_t>(request_.workers)
                                  : devices.size() * static_cast<std::size_t>(request_.workers_per_device);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      plan_.ranks[i].slots.push_back({devices[slot % devices.size()]});
    }
    if (slots < devices.size()) {
      plan_.notes.push_back(fmt::format("{}: rank {} leaves {} of its {} GPUs unused, as asked for ({} workers)",
                                        facts_[i].host, facts_[i].rank, devices.size() - slots, devices.size(), slots));
    }
  }

  void give_cores(const Node& node) {
    for (const std::size_t i : supervisors(node, facts_)) {
      std::int32_t slots = request_.workers;
      if (slots == 0) slots = facts_.size() == 1 ? std::max(1, static_cast<std::int32_t>(cores_of_rank(facts_[i]))) : 1;
      plan_.ranks[i].slots.resize(static_cast<std::size_t>(slots));
    }
  }

  /// `threads`: the least over all slots so far, 0 before the first.
  void count_threads(const Node& node, std::int32_t& threads) {
    std::size_t slots = 0;
    for (const std::size_t i : node) slots += plan_.ranks[i].slots.size();
    for (const std::size_t i : node) {
      const std::size_t own = plan_.ranks[i].slots.size();
      if (own == 0) continue;
      const double share = std::min(cores_of_node(node, facts_) / static_cast<double>(slots),
                                    cores_of_rank(facts_[i]) / static_cast<double>(own));
      const std::int32_t here = std::max(1, static_cast<std::int32_t>(std::floor(share)));
      threads = threads == 0 ? here : std::min(threads, here);
      note_crowding(node, i, own);
    }
  }

  void note_crowding(const Node& node, std::size_t i, std::size_t own) {
    const double reachable = cores_of_rank(facts_[i]);
    const double there = cores_of_node(node, facts_);
    if (static_cast<double>(own) <= reachable) return;
    const char* remedy = node.size() > 1 && there > reachable
                             ? "start mpirun with --bind-to none"
                             : "ask for fewer workers, or start mpirun with --bind-to none if it binds the rank";
    plan_.notes.push_back(fmt::format("{}: rank {} may use {:g} core{} for {} workers (they share them), {}",
                                      facts_[i].host, facts_[i].rank, reachable, reachable == 1 ? "" : "s", own,
                                      remedy));
  }

  std::span<const RankFacts> facts_;
  const PlanRequest& request_;
  bool use_devices_ = false;
  NodePlan plan_;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

}  // namespace

std::size_t NodePlan::slots() const {
  std::size_t sum = 0;
  for (const RankPlan& rank : ranks) sum += rank.slots.size();
  return sum;
}

NodePlan plan_slots(std::span<const RankFacts> facts, const PlanRequest& request) {
  return Planner(facts, request).plan();
}

std::vector<std::string> visible_devices(const char* variable, std::int32_t installed) {
  std::vector<std::string> devices;
  if (installed <= 0) return devices;
  if (variable == nullptr) {
    for (std::int32_t i = 0; i < installed; ++i) devices.push_back(std::to_string(i));
    return devices;
  }
  std::string_view rest(variable);
  for (bool last = false; !last;) {
    const std::size_t comma = rest.find(',');
    last = comma == std::string_view::npos;
    const std::string word(trimmed(rest.substr(0, comma)));
    if (!last) rest.remove_prefix(comma + 1);
    if (word.starts_with("GPU-") || word.starts_with("MIG-")) {
      devices.push_back(word);
      continue;
    }
    std::int32_t index = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
    const bool valid = error == std::errc() && end == word.data() + word.size() && index >= 0 && index < installed;
    if (!valid) break;
    devices.push_back(word);
  }
  return devices;
}

double parse_cpu_max(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::string quota;
  double period = 0;
  if (!(in >> quota >> period) || period <= 0) return 0;
  double value = 0;
  const auto [end, error] = std::from_chars(quota.data(), quota.data() + quota.size(), value);
  if (error != std::errc() || end != quota.data() + quota.size() || value <= 0) return 0;
  return value / period;
}

std::string describe(const RankFacts& facts) {
  const auto counted = [](std::size_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  std::string text = counted(facts.cores.size(), "core");
  if (!facts.devices.empty()) text = counted(facts.devices.size(), "GPU") + ", " + text;
  constexpr double kGib = 1 << 30;
  if (facts.memory_bytes > 0) text += fmt::format(", {:.0f} GiB", static_cast<double>(facts.memory_bytes) / kGib);
  return text;
}

}  // namespace nas
