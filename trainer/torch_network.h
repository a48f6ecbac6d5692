// A network graph as a torch module: weights, and the forward pass over the graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nas/network.h"
#include "trainer/execution_plan.h"
#include "trainer/layer.h"

namespace nas {

/// Used from one thread. Initial weights are a function of (seed, node index): convolutions
/// Kaiming normal by fan-out (He et al. 2015), linear layers as torch.nn.Linear, batch norm 1 and 0.
/// Operations that the output does not use get no weights.
class TorchNetwork {
 public:
  TorchNetwork(const Network& network, std::uint64_t seed, at::Device device);

  /// (batch, channels, ...) float32 on the device -> the output, (batch, ...). In evaluation mode
  /// batch norm uses its running statistics and dropout does nothing.
  [[nodiscard]] at::Tensor forward(const at::Tensor& input, Mode mode) const;

  /// Learnt tensors in graph order. The tensors are shared, not copied.
  [[nodiscard]] std::vector<NamedTensor> parameters() const;
  /// Running statistics in graph order.
  [[nodiscard]] std::vector<NamedTensor> buffers() const;

 private:
  struct PlacedLayer {
    ExecutionStep step;
    Shape shape;
    Layer layer;
  };
  std::vector<PlacedLayer> layers_;
  std::int32_t output_ = 0;
  std::size_t values_ = 0;
};

}  // namespace nas
