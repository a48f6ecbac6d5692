#include "experiments/cli/space/network_report.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "experiments/commands/count_text.h"
#include "experiments/commands/text_table.h"

namespace nas {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;

std::string count_cell(std::int64_t number) { return grouped_digits(mpz_class(static_cast<signed long>(number))); }

/// Two digits after the point, or two that say something.
std::string mebibytes(std::int64_t bytes) {
  const double amount = static_cast<double>(bytes) / kMebibyte;
  return amount < 0.1 ? fmt::format("{:.2g}", amount) : fmt::format("{:.2f}", amount);
}

nlohmann::ordered_json shape_json(const Shape& shape) {
  nlohmann::ordered_json size = nlohmann::ordered_json::array();
  for (std::size_t axis = 0; axis < shape.dims; ++axis) size.push_back(shape.size[axis]);
  return {{"channels", shape.channels}, {"size", size}};
}

std::vector<std::string> row_of(const std::string& name, const Cost& cost, const MemoryCost* memory,
                                const Shape& output) {
  return {name,
          count_cell(cost.params),
          count_cell(cost.macs),
          count_cell(flops(cost)),
          memory == nullptr ? "" : mebibytes(memory->training_bytes),
          memory == nullptr ? "" : mebibytes(memory->inference_bytes),
          count_cell(cost.depth),
          count_cell(cost.layers),
          to_string(output)};
}

nlohmann::ordered_json exits_json(const std::vector<ExitReport>& exits) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ExitReport& exit : exits) {
    json.push_back({{"name", exit.name},
                    {"auxiliary", exit.auxiliary},
                    {"params", exit.cost.params},
                    {"macs", exit.cost.macs},
                    {"flops", flops(exit.cost)},
                    {"depth", exit.cost.depth},
                    {"layers", exit.cost.layers},
                    {"output", shape_json(exit.output)}});
  }
  return json;
}

}  // namespace

std::int64_t flops(const Cost& cost) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return cost.macs > kMost / 2 ? kMost : 2 * cost.macs;
}

NetworkReport report_on(const ChosenNetwork& chosen, std::int64_t batch) {
  NetworkReport report;
  report.name = chosen.name;
  report.genotype = to_string(chosen.genotype);
  const auto network = chosen.space->decode(chosen.genotype);
  if (!network) {
    report.error = network.error().message;
    return report;
  }
  report.cost = count_cost(*network);
  report.memory = count_memory(*network, batch);
  report.input = network->shape_of(0);
  report.output = network->shape_of(network->output);
  report.hash = canonical_hash(*network);
  for (const Exit& exit : network->exits) {
    report.exits.push_back(
        {exit.name, exit.auxiliary, count_cost_to(*network, exit.node), network->shape_of(exit.node)});
  }
  return report;
}

void print_reports(const std::vector<NetworkReport>& reports, std::int64_t batch, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const NetworkReport& report : reports) {
    const std::string& name = report.name.empty() ? report.genotype : report.name;
    if (!report.error.empty()) {
      rows.push_back({name, "no network", "", "", "", "", "", "", ""});
      continue;
    }
    rows.push_back(row_of(name, report.cost, &report.memory, report.output));
    for (const ExitReport& exit : report.exits) {
      rows.push_back(row_of(fmt::format("  {} ({})", exit.name, exit.auxiliary ? "auxiliary" : "exit"), exit.cost,
                            nullptr, exit.output));
    }
  }
  print_table({{"network"},
               {"params", Align::Right},
               {"MACs", Align::Right},
               {"FLOPs", Align::Right},
               {"training MiB", Align::Right},
               {"inference MiB", Align::Right},
               {"depth", Align::Right},
               {"layers", Align::Right},
               {"output"}},
              rows, out);
  fmt::print(out,
             "\nMACs: multiply-accumulates of convolutions and linear layers on one example; FLOPs = 2 x MACs.\n"
             "MiB: float32 activations of a batch of {}, kept for the backward pass, or the most alive at a time.\n"
             "Layers: operations with MACs; depth: the most of them on a path from the input to the output.\n",
             batch);
  if (std::any_of(reports.begin(), reports.end(), [](const NetworkReport& report) { return !report.exits.empty(); })) {
    fmt::print(out, "Exits: the network that stops there; auxiliary ones count in no other row.\n");
  }
}

void print_reports_csv(const std::vector<NetworkReport>& reports, std::ostream& out) {
  fmt::print(out, "name,genotype,params,macs,flops,training_bytes,inference_bytes,depth,layers,output,hash\n");
  for (const NetworkReport& report : reports) {
    fmt::print(out, "{},\"{}\",", report.name, report.genotype);
    if (!report.error.empty()) {
      fmt::print(out, ",,,,,,,,\n");
      continue;
    }
    fmt::print(out, "{},{},{},{},{},{},{},{},{:016x}\n", report.cost.params, report.cost.macs, flops(report.cost),
               report.memory.training_bytes, report.memory.inference_bytes, report.cost.depth, report.cost.layers,
               to_string(report.output), report.hash);
  }
}

nlohmann::ordered_json reports_json(const std::vector<NetworkReport>& reports, std::int64_t batch) {
  nlohmann::ordered_json networks = nlohmann::ordered_json::array();
  for (const NetworkReport& report : reports) {
    nlohmann::ordered_json json;
    if (!report.name.empty()) json["name"] = report.name;
    json["genotype"] = report.genotype;
    if (!report.error.empty()) {
      json["error"] = report.error;
    } else {
      json["params"] = report.cost.params;
      json["macs"] = report.cost.macs;
      json["flops"] = flops(report.cost);
      json["training_bytes"] = report.memory.training_bytes;
      json["inference_bytes"] = report.memory.inference_bytes;
      json["depth"] = report.cost.depth;
      json["layers"] = report.cost.layers;
      json["input"] = shape_json(report.input);
      json["output"] = shape_json(report.output);
      json["hash"] = fmt::format("{:016x}", report.hash);
      if (!report.exits.empty()) json["exits"] = exits_json(report.exits);
    }
    networks.push_back(std::move(json));
  }
  return {{"batch", batch}, {"networks", networks}};
}

}  // namespace nas
