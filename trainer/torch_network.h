// A network graph as a torch module: weights, and the forward pass over the graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "nas/network.h"
#include "trainer/execution_plan.h"
#include "trainer/layer.h"
#include "trainer/recompute_plan.h"

namespace nas {

/// Used from one thread. Initial weights are a function of (seed, node index): convolutions
/// Kaiming normal by fan-out (He et al. 2015), linear layers as torch.nn.Linear, norms 1 and 0, prelu 0.25.
/// Operations that neither the output nor an exit uses get no weights.
class TorchNetwork {
 public:
  TorchNetwork(const Network& network, std::uint64_t seed, at::Device device);

  /// From now on training computes these segments of its execution plan again in the backward pass;
  /// outputs, gradients and running statistics stay the same to the bit on the CPU. The network must
  /// be there, at the same place, until backward is done.
  void recompute(const RecomputePlan& plan);

  /// (batch, channels, ...) float32 on the device -> the output, (batch, ...). In evaluation mode
  /// batch norm uses its running statistics and dropout does nothing, in sampling mode it draws from torch's
  /// generator.
  [[nodiscard]] at::Tensor forward(const at::Tensor& input, Mode mode) const;
  /// The output, then the exits in the network's order; auxiliary ones run in training mode only.
  [[nodiscard]] std::vector<at::Tensor> forward_all(const at::Tensor& input, Mode mode) const;

  /// From now on drop-path drops with its rate times `factor` (0 to 1).
  void set_drop_path_factor(double factor) { drop_path_factor_ = factor; }
  /// What is trained on next is this share of a batch, what is random is drawn as for the whole batch. `synchronise`:
  /// as in Pass.
  void set_share(const BatchShare& share, const DataParallel* synchronise) {
    share_ = share;
    synchronise_ = synchronise;
  }

  /// Learnt tensors in graph order. The tensors are shared, not copied.
  [[nodiscard]] std::vector<NamedTensor> parameters() const;
  /// Running statistics in graph order.
  [[nodiscard]] std::vector<NamedTensor> buffers() const;

 private:
  struct PlacedLayer {
    Shape shape;
    bool draws = false;  // random numbers in training
    Layer layer;
  };
  [[nodiscard]] const ExecutionPlan& plan_of(Mode mode) const {
    return mode == Mode::Training ? training_ : evaluation_;
  }

  struct RecomputedRange {
    StepRange range;
    bool recompute = false;
    bool draws = false;  // random numbers
  };
  using Values = std::vector<at::Tensor>;  // by the plan's numbers
  void run_steps(const ExecutionPlan& plan, std::size_t begin, std::size_t end, const Pass& pass, Values& values,
                 const std::function<bool()>& complete) const;
  void run_again_later(const RecomputedRange& range, const Pass& pass, Values& values) const;

  ExecutionPlan training_;
  ExecutionPlan evaluation_;
  std::vector<RecomputedRange> ranges_;         // of the training plan; empty: nothing is recomputed
  std::map<std::int32_t, PlacedLayer> layers_;  // by node, of both plans
  std::size_t values_ = 0;
  double drop_path_factor_ = 1;
  BatchShare share_;
  const DataParallel* synchronise_ = nullptr;
};

}  // namespace nas
