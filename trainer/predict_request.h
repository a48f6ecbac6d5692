// The JSON that `nas predict` sends to `nas-trainer --predict`.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/result.h"
#include "trainer/preprocessing.h"

namespace nas {

/// The network at one size of inputs.
struct PredictGraph {
  Network network;
  std::optional<Shape> tile;  // empty: all of the input at once
  /// Of the records; sides may be shorter than those of the network's input, then the mean of the
  /// training data follows and what the network makes of it is cut off.
  Shape record = {};
};

/// All records of one file, which have one size.
struct PredictFile {
  std::filesystem::path file;
  std::string array;      // of a .npz file
  std::size_t graph = 0;  // of the request's graphs
};

struct PredictRequest {
  Preprocessing preprocessing;
  std::filesystem::path weights = {};             // safetensors
  std::map<std::string, std::string> names = {};  // of a tensor in the graph: its name in the file
  std::vector<PredictGraph> graphs = {};
  std::vector<PredictFile> files = {};
  std::optional<double> confidence = {};  // classification: stop at the first exit that is so sure
  std::int64_t passes = 0;                // with dropout; 0: one without
  std::uint64_t seed = 1;                 // of dropout
  std::int64_t batch = 32;                // records at once, where outputs are no maps
  bool probabilities = false;             // segmentation: of each class, not the likeliest class
  std::filesystem::path folder = {};      // for the answers
};

/// Names of the answers in the folder, .npy files. Of records one after another, those of the first
/// file first; maps are a file for each record, with its number: "values-0.npy".
namespace predict_files {
/// float32 (records, numbers), or of a map: (channels, sizes...), the likeliest class uint8 (sizes...).
inline constexpr const char* kValues = "values";
inline constexpr const char* kEntropy = "entropy";                       // (records) or (sizes...)
inline constexpr const char* kMutualInformation = "mutual_information";  // as kEntropy
inline constexpr const char* kDeviation = "deviation";                   // as kValues
inline constexpr const char* kExits = "exits";                           // (records): 0 the output, else 1 + exit
}  // namespace predict_files

/// Whether the task's answers are maps.
[[nodiscard]] bool gives_maps(TaskKind task);

[[nodiscard]] nlohmann::json predict_request_to_json(const PredictRequest& request);
/// Throws nlohmann::json::exception or nas::Exception on what predict_request_to_json does not write.
[[nodiscard]] PredictRequest predict_request_from_json(const nlohmann::json& json);

}  // namespace nas
