// An ONNX graph while it is built: nodes, constants, and where one operation's nodes go.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nas/network.h"

namespace nas {

struct OnnxAttribute {
  std::string_view name;
  std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>> value;
};

struct OnnxNode {
  std::string op_type;
  std::string name;  // of its one output too
  std::vector<std::string> inputs;
  std::vector<OnnxAttribute> attributes;
};

/// int64 vectors and float scalars or vectors that operators take as inputs.
struct OnnxConstant {
  std::string name;
  std::variant<std::vector<std::int64_t>, std::vector<float>> values;
  bool scalar = false;
};

class OnnxGraph {
 public:
  /// Appends a node and returns the name of its output: `<place>/<op_type>`, made unique.
  std::string add(std::string_view place, std::string_view op_type, std::vector<std::string> inputs,
                  std::vector<OnnxAttribute> attributes = {});
  /// A node whose output has this very name. REQUIRES: it is new.
  void add_named(std::string name, std::string_view op_type, std::vector<std::string> inputs);

  /// Names of constants; equal ones are there once.
  std::string integers(std::vector<std::int64_t> values);
  std::string number(float value);
  std::string numbers(std::vector<float> values);

  [[nodiscard]] const std::vector<OnnxNode>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<OnnxConstant>& constants() const { return constants_; }

 private:
  std::string constant(OnnxConstant made);
  std::vector<OnnxNode> nodes_;
  std::vector<OnnxConstant> constants_;
  std::map<std::string, int> places_;  // how often a name was asked for
};

/// One operation that is to become nodes.
struct OnnxSite {
  OnnxGraph& graph;
  const Node& node;
  std::span<const Shape> inputs;
  std::vector<std::string> values;  // names of the inputs' tensors
  std::string place;                // what weights and nodes are called by

  [[nodiscard]] std::string weight(std::string_view name) const { return place + "." + std::string(name); }
  [[nodiscard]] std::size_t dims() const { return inputs[0].dims; }
  std::string add(std::string_view op_type, std::vector<std::string> from,
                  std::vector<OnnxAttribute> attributes = {}) const {
    return graph.add(place, op_type, std::move(from), std::move(attributes));
  }
};

}  // namespace nas
