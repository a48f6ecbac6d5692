#include "trainer/predict_request.h"

#include <nlohmann/json.hpp>

#include "nas/check.h"
#include "nas/network_json.h"

namespace nas {
namespace {

using nlohmann::json;

json sizes_json(const Shape& shape) {
  json sizes = json::array();
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return sizes;
}

Shape with_sizes(Shape shape, const json& sizes) {
  for (std::size_t axis = 0; axis < shape.dims; ++axis) shape.size[axis] = sizes.at(axis).get<std::int64_t>();
  return shape;
}

PredictGraph graph_from(const json& object) {
  auto network = network_from_json(object.at("network"));
  if (!network) throw Exception(network.error().message);
  const Shape input = network->nodes[0].shape;
  PredictGraph graph{std::move(*network), std::nullopt, with_sizes(input, object.at("record"))};
  if (object.contains("tile")) graph.tile = with_sizes(input, object.at("tile"));
  return graph;
}

}  // namespace

bool gives_maps(TaskKind task) { return task == TaskKind::Segmentation || task == TaskKind::Restoration; }

json predict_request_to_json(const PredictRequest& request) {
  json object = {{"preprocessing", preprocessing_to_json(request.preprocessing)},
                 {"weights", request.weights.string()},
                 {"names", request.names},
                 {"passes", request.passes},
                 {"seed", request.seed},
                 {"batch", request.batch},
                 {"probabilities", request.probabilities},
                 {"write", request.folder.string()}};
  if (request.confidence) object["confidence"] = *request.confidence;
  for (const PredictGraph& graph : request.graphs) {
    json one = {{"network", network_to_json(graph.network)}, {"record", sizes_json(graph.record)}};
    if (graph.tile) one["tile"] = sizes_json(*graph.tile);
    object["graphs"].push_back(std::move(one));
  }
  for (const PredictFile& file : request.files) {
    object["files"].push_back({{"file", file.file.string()}, {"array", file.array}, {"graph", file.graph}});
  }
  return object;
}

PredictRequest predict_request_from_json(const json& object) {
  auto preprocessing = preprocessing_from_json(object.at("preprocessing"));
  if (!preprocessing) throw Exception("preprocessing: " + preprocessing.error().message);
  PredictRequest request{.preprocessing = std::move(*preprocessing)};
  request.weights = object.at("weights").get<std::string>();
  request.names = object.at("names").get<std::map<std::string, std::string>>();
  request.passes = object.at("passes").get<std::int64_t>();
  request.seed = object.at("seed").get<std::uint64_t>();
  request.batch = object.at("batch").get<std::int64_t>();
  request.probabilities = object.at("probabilities").get<bool>();
  request.folder = object.at("write").get<std::string>();
  if (object.contains("confidence")) request.confidence = object.at("confidence").get<double>();
  for (const json& graph : object.at("graphs")) request.graphs.push_back(graph_from(graph));
  for (const json& file : object.at("files")) {
    request.files.push_back(
        {file.at("file").get<std::string>(), file.at("array").get<std::string>(), file.at("graph").get<std::size_t>()});
    if (request.files.back().graph >= request.graphs.size()) throw Exception("files: a graph that is not there");
  }
  return request;
}

}  // namespace nas
