// What training did to its inputs and what its outputs mean: all that running the trained network on
// new data needs beside the weights. The file preprocessing.json of an export; docs/predict.md.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/result.h"
#include "trainer/data/data_set.h"
#include "trainer/task.h"

namespace nas {

/// Raised when an older reader would misread it.
inline constexpr int kPreprocessingFormat = 1;

/// normalised = stored * scale + offset, for each channel.
struct ChannelScaling {
  std::vector<double> scale = {};
  std::vector<double> offset = {};
  bool operator==(const ChannelScaling&) const = default;
};

struct Preprocessing {
  TaskKind task = TaskKind::Classification;
  Shape input = {};  // of a training record
  ElementType element = ElementType::UInt8;
  std::string axes = "auto";  // of arrays, as `data.axes`
  std::string array = {};     // its name in a .npz file; may be empty
  ChannelScaling inputs = {};
  bool missing = false;                   // NaN in an input stands for a value that is missing
  ChannelScaling targets = {};            // regression, restoration
  bool bytes_restored = false;            // restoration: of bytes, 0 to 255
  std::int64_t classes = 0;               // classification, multi-label, segmentation
  std::vector<std::string> names = {};    // of classes, labels or regression's columns; may be empty
  std::vector<InputColumn> columns = {};  // tables: what makes the inputs
  bool operator==(const Preprocessing&) const = default;

  /// Of a class, label or column; its number where it has no name.
  [[nodiscard]] std::string name_of(std::int64_t index) const;
};

[[nodiscard]] nlohmann::ordered_json preprocessing_to_json(const Preprocessing& preprocessing);

/// Error: what is missing, unknown or does not agree.
[[nodiscard]] Result<Preprocessing> preprocessing_from_json(const nlohmann::json& json);

}  // namespace nas
