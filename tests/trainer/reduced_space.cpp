#include "tests/trainer/reduced_space.h"

#include <algorithm>
#include <cmath>

#include "nas/check.h"

namespace nas {
namespace {

/// Longest sides to try, by the number of axes.
std::vector<std::int64_t> sides(std::size_t dims) {
  if (dims == 1) return {512, 256, 128};
  if (dims == 2) return {128, 64, 32, 16};
  return {32, 16, 8};
}

double halved(double value) {
  const bool whole = value == std::floor(value) && value > 1;
  return whole ? std::floor(value / 2) : value / 2;
}

void set(SpaceOverrides& overrides, const std::string& name, double value) {
  const auto found = std::ranges::find(overrides.parameters, name, &ParameterOverride::name);
  if (found == overrides.parameters.end()) {
    overrides.parameters.push_back({name, value});
  } else {
    found->value = value;
  }
}

}  // namespace

ReducedSpace::ReducedSpace(const YamlNode& root, std::string architecture, TrainingBudget budget)
    : root_(root), budget_(budget) {
  smallest_.architecture = std::move(architecture);
  auto space = TextSpace::make(root_, smallest_);
  if (!space) throw Exception(space.error().message);
  spaces_.push_back(std::move(*space));
}

std::unique_ptr<TextSpace> ReducedSpace::make(const SpaceOverrides& overrides) const {
  auto space = TextSpace::make(root_, overrides);
  return space && (*space)->genes() == full().genes() ? std::move(*space) : nullptr;
}

bool ReducedSpace::fits(const Network& network) const {
  const Cost cost = count_cost(network);
  return cost.macs <= budget_.macs && cost.params <= budget_.params;
}

std::optional<SpaceOverrides> ReducedSpace::with_smaller_input() const {
  const auto input = spaces_.back()->input();
  if (!input || input->dims == 0) return std::nullopt;
  const std::int64_t longest = std::ranges::max(input->size);
  for (const std::int64_t side : sides(input->dims)) {
    if (side >= longest) continue;
    SpaceOverrides overrides = smallest_;
    overrides.input = input;
    for (std::int64_t& size : overrides.input->size) size = std::min(size, side);
    return overrides;
  }
  return std::nullopt;
}

std::optional<SpaceOverrides> ReducedSpace::with_smaller_parameters(const Genotype& genotype) const {
  SpaceOverrides overrides = smallest_;
  auto network = spaces_.back()->decode(genotype);
  if (!network) return std::nullopt;
  Cost least = count_cost(*network);
  bool smaller = false;
  for (const auto& [name, value] : spaces_.back()->parameters()) {
    if (name == "classes") continue;
    SpaceOverrides tried = overrides;
    set(tried, name, halved(value));
    const auto space = make(tried);
    network = space ? space->decode(genotype) : Error{};
    if (!network || count_cost(*network).macs >= least.macs) continue;
    least = count_cost(*network);
    overrides = std::move(tried);
    smaller = true;
  }
  return smaller ? std::optional(overrides) : std::nullopt;
}

bool ReducedSpace::add_level(const Genotype& genotype) {
  auto overrides = with_smaller_input();
  auto space = overrides ? make(*overrides) : nullptr;
  if (!space || !space->decode(genotype)) {
    overrides = with_smaller_parameters(genotype);
    space = overrides ? make(*overrides) : nullptr;
  }
  if (!space) return false;
  smallest_ = std::move(*overrides);
  spaces_.push_back(std::move(space));
  return true;
}

Result<Network> ReducedSpace::network(const Genotype& genotype) {
  auto smallest = full().decode(genotype);
  for (std::size_t level = 1; smallest && !fits(*smallest); ++level) {
    if (level == spaces_.size() && !add_level(genotype)) break;
    auto smaller = spaces_[level]->decode(genotype);
    if (smaller) smallest = std::move(smaller);
  }
  return smallest;
}

}  // namespace nas
