// Vectors of whole records: classes, labels and numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "trainer/predict_maps.h"

namespace nas {

struct VectorOptions {
  bool may_be_missing = false;
  std::optional<double> confidence;
  std::int64_t passes = 0;
  std::int64_t batch = 1;
};

/// float32, row-major.
struct VectorAnswers {
  std::int64_t outputs = 0;
  std::vector<float> values;              // records x outputs
  std::vector<float> entropy;             // records, of labels records x outputs; empty without passes
  std::vector<float> mutual_information;  // as entropy
  std::vector<float> deviation;           // as values; empty without passes
  std::vector<std::uint8_t> places;       // records: 0 the output, else 1 + exit; empty without confidence
};

/// Appends the answers to all records of the source. Throws nas::Exception: a value that can't be used.
void predict_vectors(const LoadedGraph& graph, const Estimator& estimator, const PredictSource& source,
                     const VectorOptions& options, VectorAnswers& answers);

}  // namespace nas
