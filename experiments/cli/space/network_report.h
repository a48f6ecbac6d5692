// What one network of a space costs, and how a list of such reports is printed.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "experiments/cli/space/chosen_networks.h"

namespace nas {

/// An early exit: what the network costs that stops there.
struct ExitReport {
  std::string name;
  bool auxiliary = false;  // its own costs; not in those of the network
  Cost cost;
  Shape output;
};

struct NetworkReport {
  std::string name;      // of the architecture, or empty
  std::string genotype;  // text form
  std::string error;     // why there is no network; then nothing of the following
  Cost cost;
  MemoryCost memory;
  Shape input;
  Shape output;
  std::uint64_t hash = 0;
  std::vector<ExitReport> exits;
};

/// REQUIRES: the space has a network; batch >= 1.
[[nodiscard]] NetworkReport report_on(const ChosenNetwork& chosen, std::int64_t batch);

/// 2 MACs, or the largest int64.
[[nodiscard]] std::int64_t flops(const Cost& cost);

/// A table for people, with what its columns mean.
void print_reports(const std::vector<NetworkReport>& reports, std::int64_t batch, std::ostream& out);
/// A line a network; exits are left out.
void print_reports_csv(const std::vector<NetworkReport>& reports, std::ostream& out);
[[nodiscard]] nlohmann::ordered_json reports_json(const std::vector<NetworkReport>& reports, std::int64_t batch);

}  // namespace nas
