#include "nas/export/model_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "nas/operation.h"

namespace nas {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

/// A list that a person can read.
std::string first_few(const std::vector<std::string>& items) {
  constexpr std::size_t kMost = 10;
  const std::size_t shown = std::min(items.size(), kMost);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += "\n  " + items[i];
  if (items.size() > shown) text += fmt::format("\n  and {} more", items.size() - shown);
  return text;
}

using ByName = std::map<std::string_view, const TensorEntry*>;

std::size_t count_known(const std::vector<ExpectedWeight>& expected, const ByName& given,
                        std::string ExpectedWeight::*name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(expected, [&](const ExpectedWeight& weight) { return given.contains(weight.*name); }));
}

}  // namespace

std::vector<ExpectedWeight> expected_weights(const ExportGraph& graph, const ModuleTree& tree) {
  std::vector<ExpectedWeight> all;
  for (const ExportStep& step : graph.steps) {
    const Node& node = graph.network->nodes[static_cast<std::size_t>(step.node)];
    std::vector<Shape> inputs;
    for (const std::int32_t input : step.inputs) inputs.push_back(graph.network->shape_of(input));
    for (WeightShape& weight : operation(node.op).weights(node.attributes, inputs)) {
      all.push_back({fmt::format("{}.{}", node.name, weight.name),
                     fmt::format("{}.{}", tree.paths.at(step.node), weight.name), std::move(weight.shape),
                     weight.learnt});
    }
  }
  return all;
}

Result<std::vector<ModelWeight>> match_weights(const std::vector<ExpectedWeight>& expected, const TensorFile& file) {
  ByName given;
  for (const TensorEntry& tensor : file.tensors) given.emplace(tensor.name, &tensor);
  const bool by_node = count_known(expected, given, &ExpectedWeight::node_name) >
                       count_known(expected, given, &ExpectedWeight::model_name);
  const auto name = by_node ? &ExpectedWeight::node_name : &ExpectedWeight::model_name;
  std::vector<ModelWeight> weights;
  std::vector<std::string> wrong;
  for (const ExpectedWeight& weight : expected) {
    const auto found = given.find(weight.*name);
    if (found == given.end()) {
      wrong.push_back(fmt::format("{} {} is missing", weight.*name, shape_text(weight.shape)));
      continue;
    }
    const TensorEntry& tensor = *found->second;
    if (tensor.shape != weight.shape || tensor.type != "F32") {
      wrong.push_back(fmt::format("{} is {} {}, the architecture has F32 {}", tensor.name, tensor.type,
                                  shape_text(tensor.shape), shape_text(weight.shape)));
      continue;
    }
    weights.push_back({weight.model_name, weight.shape, file.bytes_of(tensor)});
    given.erase(found);
  }
  if (!by_node) {
    for (const auto& [left, tensor] : given) {
      if (left.ends_with("num_batches_tracked")) continue;  // what PyTorch counts and inference needs not
      wrong.push_back(fmt::format("{} {} belongs to no operation", left, shape_text(tensor->shape)));
    }
  }
  if (wrong.empty()) return weights;
  return Error{fmt::format("{} of its tensors do not belong to this architecture:{}", wrong.size(), first_few(wrong))};
}

FilePieces weights_file(const std::vector<ModelWeight>& weights, const std::map<std::string, std::string>& metadata) {
  std::vector<TensorEntry> entries;
  std::size_t offset = 0;
  for (const ModelWeight& weight : weights) {
    entries.push_back({weight.name, "F32", weight.shape, offset, offset + weight.bytes.size()});
    offset += weight.bytes.size();
  }
  FilePieces file;
  file.add(safetensors_head(entries, metadata));
  for (const ModelWeight& weight : weights) file.add_view(weight.bytes);
  return file;
}

}  // namespace nas
