// A network graph as a torch module: weights, and the forward pass over the graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <vector>

#include "nas/network.h"
#include "trainer/execution_plan.h"
#include "trainer/layer.h"

namespace nas {

/// Used from one thread. Initial weights are a function of (seed, node index): convolutions
/// Kaiming normal by fan-out (He et al. 2015), linear layers as torch.nn.Linear, norms 1 and 0, prelu 0.25.
/// Operations that neither the output nor an exit uses get no weights.
class TorchNetwork {
 public:
  TorchNetwork(const Network& network, std::uint64_t seed, at::Device device);

  /// (batch, channels, ...) float32 on the device -> the output, (batch, ...). In evaluation mode
  /// batch norm uses its running statistics and dropout does nothing.
  [[nodiscard]] at::Tensor forward(const at::Tensor& input, Mode mode) const;
  /// The output, then the exits in the network's order; auxiliary ones run in training mode only.
  [[nodiscard]] std::vector<at::Tensor> forward_all(const at::Tensor& input, Mode mode) const;

  /// From now on drop-path drops with its rate times `factor` (0 to 1).
  void set_drop_path_factor(double factor) { drop_path_factor_ = factor; }

  /// Learnt tensors in graph order. The tensors are shared, not copied.
  [[nodiscard]] std::vector<NamedTensor> parameters() const;
  /// Running statistics in graph order.
  [[nodiscard]] std::vector<NamedTensor> buffers() const;

 private:
  struct PlacedLayer {
    Shape shape;
    Layer layer;
  };
  [[nodiscard]] const ExecutionPlan& plan_of(Mode mode) const {
    return mode == Mode::Training ? training_ : evaluation_;
  }

  ExecutionPlan training_;
  ExecutionPlan evaluation_;
  std::map<std::int32_t, PlacedLayer> layers_;  // by node, of both plans
  std::size_t values_ = 0;
  double drop_path_factor_ = 1;
};

}  // namespace nas
