#include "nas/export/onnx_graph.h"

#include <fmt/format.h>

#include <algorithm>

namespace nas {

std::string OnnxGraph::add(std::string_view place, std::string_view op_type, std::vector<std::string> inputs,
                           std::vector<OnnxAttribute> attributes) {
  std::string name = fmt::format("{}/{}", place, op_type);
  const int before = places_[name]++;
  if (before > 0) name += fmt::format("_{}", before + 1);
  nodes_.push_back({std::string(op_type), name, std::move(inputs), std::move(attributes)});
  return name;
}

void OnnxGraph::add_named(std::string name, std::string_view op_type, std::vector<std::string> inputs) {
  nodes_.push_back({std::string(op_type), std::move(name), std::move(inputs), {}});
}

std::string OnnxGraph::constant(OnnxConstant made) {
  const auto same = [&](const OnnxConstant& other) {
    return other.scalar == made.scalar && other.values == made.values;
  };
  const auto found = std::find_if(constants_.begin(), constants_.end(), same);
  if (found != constants_.end()) return found->name;
  made.name = fmt::format("constant/{}", constants_.size());
  constants_.push_back(std::move(made));
  return constants_.back().name;
}

std::string OnnxGraph::integers(std::vector<std::int64_t> values) { return constant({{}, std::move(values), false}); }

std::string OnnxGraph::number(float value) { return constant({{}, std::vector{value}, true}); }

std::string OnnxGraph::numbers(std::vector<float> values) { return constant({{}, std::move(values), false}); }

}  // namespace nas
