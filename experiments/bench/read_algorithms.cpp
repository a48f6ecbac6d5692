#include "experiments/bench/read_algorithms.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/config/read_experiment.h"

namespace nas {

namespace {

const BenchAlgorithm* find_label(const std::vector<BenchAlgorithm>& algorithms, std::string_view label) {
  const auto found = std::ranges::find(algorithms, label, &BenchAlgorithm::label);
  return found == algorithms.end() ? nullptr : &*found;
}

/// With its default options. REQUIRES: it exists.
BenchAlgorithm plain(const std::string& name) {
  return {.label = name,
          .choice = {name, options_to_json(find_algorithm(name)->make_config()->options())},
          .path = "--algorithms"};
}

/// Labels are cells of CSV files and words of `--algorithms a,b`.
bool is_label(std::string_view text) {
  return !text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos;
}

/// The entry without its label, which the algorithm knows nothing of; empty text: has none.
YamlNode take_label(YamlNode node, const std::string& path, std::string& label, Diagnostics& diagnostics) {
  if (const YamlNode* given = node.find("label")) {
    label = given->text;
    if (given->kind != YamlNode::Kind::Scalar || !is_label(label)) {
      diagnostics.add(given->place, path + ".label", "expected a name without commas and quotes");
    }
    std::erase_if(node.entries, [](const auto& entry) { return entry.first == "label"; });
  }
  return node;
}

void read_one(const YamlNode& node, const std::string& path, std::vector<BenchAlgorithm>& algorithms,
              Diagnostics& diagnostics) {
  const bool has_type =
      node.kind == YamlNode::Kind::Scalar || (node.kind == YamlNode::Kind::Map && node.find("type") != nullptr);
  if (!has_type) {
    diagnostics.add(node.place, path, "expected an algorithm's name, or a map with `type` (nas algorithms lists them)");
    return;
  }
  BenchAlgorithm algorithm{.label = {}, .choice = {}, .place = node.place, .path = path};
  const YamlNode unlabelled = take_label(node, path, algorithm.label, diagnostics);
  algorithm.choice = read_algorithm(unlabelled, path, {}, diagnostics);
  if (algorithm.choice.type.empty()) return;
  if (algorithm.label.empty()) algorithm.label = algorithm.choice.type;
  if (find_label(algorithms, algorithm.label) != nullptr) {
    diagnostics.add(node.place, path,
                    fmt::format("a second algorithm called '{}', give one a name of its own, such as label: {}_2",
                                algorithm.label, algorithm.label));
  }
  algorithms.push_back(std::move(algorithm));
}

std::vector<BenchAlgorithm> choose(const std::vector<BenchAlgorithm>& all, const std::vector<std::string>& chosen,
                                   Diagnostics& diagnostics) {
  std::vector<BenchAlgorithm> algorithms;
  for (const std::string& name : chosen) {
    if (find_label(algorithms, name) != nullptr) {
      diagnostics.add({}, "--algorithms", fmt::format("'{}' is there twice", name));
    } else if (const BenchAlgorithm* found = find_label(all, name)) {
      algorithms.push_back(*found);
    } else if (find_algorithm(name) != nullptr) {
      algorithms.push_back(plain(name));
    } else {
      std::vector<std::string> names;
      for (const BenchAlgorithm& algorithm : all) names.push_back(algorithm.label);
      for (const AlgorithmRow& row : nas::algorithms()) {
        if (find_label(all, row.name) == nullptr) names.push_back(row.name);
      }
      diagnostics.add({}, "--algorithms", fmt::format("unknown algorithm '{}'{}", name, suggest(name, names)));
    }
  }
  return algorithms;
}

}  // namespace

std::vector<BenchAlgorithm> read_algorithms(const YamlNode& root, const std::vector<std::string>& chosen,
                                            Diagnostics& diagnostics) {
  std::vector<BenchAlgorithm> algorithms;
  const YamlNode* node = root.find("algorithms");
  const bool is_list = node != nullptr && node->kind == YamlNode::Kind::Sequence && !node->items.empty();
  if (is_list) {
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      read_one(node->items[i], fmt::format("algorithms.{}", i), algorithms, diagnostics);
    }
  } else if (node != nullptr || chosen.empty()) {
    diagnostics.add(node != nullptr ? node->place : root.place, "algorithms",
                    "expected a list such as [random, aging_evolution, {type: nsga2, population: 40}]");
  }
  if (!chosen.empty()) algorithms = choose(algorithms, chosen, diagnostics);
  const bool has_yardstick =
      std::ranges::any_of(algorithms, [](const BenchAlgorithm& a) { return a.choice.type == kYardstick; });
  if (!has_yardstick) algorithms.push_back(plain(kYardstick));
  return algorithms;
}

}  // namespace nas
