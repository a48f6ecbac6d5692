// A network as prediction runs it: without gradients; on request with dropout that still drops, or
// no farther than the first exit that is confident enough.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "nas/network.h"
#include "trainer/execution_plan.h"
#include "trainer/layer.h"
#include "trainer/tile_regions.h"

namespace nas {

/// Classes' scores, each record's from where it stopped.
struct StoppedOutputs {
  at::Tensor scores;                 // (batch, classes)
  std::vector<std::int64_t> places;  // of each record: 0 the output, else 1 + the exit's index
};

/// Used from one thread, without gradients.
class PredictNetwork {
 public:
  /// The weights are random until somebody fills `tensors`.
  PredictNetwork(const Network& network, at::Device device);

  /// Weights and running statistics of what inference runs, under the names of the graph; shared.
  [[nodiscard]] std::vector<NamedTensor> tensors() const;

  /// (batch, channels, ...) float32 on the device -> the output. REQUIRES: `mode` is not training.
  [[nodiscard]] at::Tensor forward(const at::Tensor& input, Mode mode) const;

  /// Plans these positions of the output, for forward_part.
  void prepare_part(const RegionBox& kept);

  /// Those positions of the output, computed from no more of every tensor than they need where that is known. REQUIRES:
  /// prepared.
  [[nodiscard]] at::Tensor forward_part(const at::Tensor& input, Mode mode, const RegionBox& kept) const;

  /// Each record stops at the first exit, in the order of the graph, whose largest softmax
  /// probability is `confidence` or more; what comes after it is computed for the others alone.
  [[nodiscard]] StoppedOutputs forward_until_sure(const at::Tensor& input, double confidence) const;

 private:
  struct Cascade;
  struct Part {
    RegionBox kept;
    std::optional<RegionPlan> plan;
    std::map<std::int32_t, Layer> layers;  // those without weights, which may depend on shapes
  };
  struct Values {
    std::vector<at::Tensor> by_node;
    std::int64_t batch = 0;
  };
  [[nodiscard]] Values start(const at::Tensor& input) const;
  void run_step(const ExecutionStep& step, Values& values, Mode mode, const Part* part = nullptr) const;
  [[nodiscard]] Layer build_layer(std::int32_t node, const Shape& output, std::vector<Shape> inputs) const;

  Network network_;
  at::Device device_;
  ExecutionPlan plan_;
  std::map<std::int32_t, Layer> layers_;  // by node
  std::vector<std::int64_t> places_;      // of plan_.outputs, as StoppedOutputs has them
  std::size_t values_ = 0;
  std::vector<Part> parts_;
};

}  // namespace nas
