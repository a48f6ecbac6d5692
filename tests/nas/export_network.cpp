// Test tool: answers requests (JSON, one a line) on its standard input.
// {"network", "model": file, "weights": safetensors file, "onnx": file}: writes the network as PyTorch
// source and as ONNX, answers {"names": {tensor of a node: tensor of the source}} or {"error"}.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "nas/export/model_weights.h"
#include "nas/export/onnx_model.h"
#include "nas/export/python_source.h"
#include "nas/network_json.h"
#include "nas/operation.h"

namespace {

using nlohmann::json;

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

json answer(const json& request) {
  const auto network = nas::network_from_json(request["network"]);
  if (!network) return {{"error", network.error().message}};
  const nas::ExportGraph graph = nas::make_export_graph(*network);
  const nas::ModuleTree tree = nas::make_module_tree(graph);
  write(request["model"], nas::python_source(graph, tree, {"Network", "A test.", "Made by a test."}));
  json names = json::object();
  const auto expected = nas::expected_weights(graph, tree);
  for (const nas::ExpectedWeight& weight : expected) names[weight.node_name] = weight.model_name;
  if (request.contains("onnx")) {
    const std::string bytes = read(request["weights"]);
    const auto file = nas::read_safetensors(bytes);
    if (!file) return {{"error", "no safetensors file"}};
    const auto weights = nas::match_weights(expected, *file);
    if (!weights) return {{"error", weights.error().message}};
    const auto onnx = nas::onnx_model(graph, tree, *weights, {"network", "test", {{"origin", "a test"}}});
    if (!onnx) return {{"error", onnx.error().message}};
    write(request["onnx"], onnx->joined());
  }
  return {{"names", std::move(names)}};
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) std::cout << answer(json::parse(line)).dump() << std::endl;
  return 0;
}
