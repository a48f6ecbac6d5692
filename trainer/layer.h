// One operation of a network as torch runs it.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/rng.h"
#include "trainer/batch_share.h"

namespace nas {

class DataParallel;

enum class Mode {
  Training,
  Evaluation,
  Sampling,  // evaluation with dropout that drops (Gal & Ghahramani 2016, Dropout as a Bayesian Approximation)
};

struct NamedTensor {
  std::string name;  // "<node>.weight", as a PyTorch state dict has it
  at::Tensor tensor;
};

/// What a layer is told each time it runs.
struct Pass {
  Mode mode = Mode::Evaluation;
  std::int64_t batch = 0;
  bool overwrite_first = false;               // the result may be written over inputs[0]
  double drop_path = 1;                       // factor on the rates of drop-path
  bool again = false;                         // a second time for the same batch: running statistics stay
  BatchShare share = {};                      // where several processes train: this one's of the batch
  const DataParallel* synchronise = nullptr;  // batch norm over all of these processes; null: over this one's share
};

/// Built once, run many times, from one thread.
struct Layer {
  std::vector<NamedTensor> parameters;  // learnt; float32 on the device
  std::vector<NamedTensor> buffers;     // running statistics
  std::function<at::Tensor(std::span<const at::Tensor> inputs, const Pass& pass)> forward;
};

struct LayerContext {
  const Node& node;
  std::vector<Shape> inputs;
  Rng rng;  // of this node's initial weights
  at::Device device;
};

/// The builder of one operation. Adding an operation: a row here, one in nas/operation_rows_*.cpp.
struct LayerRow {
  Op op;
  Layer (*build)(LayerContext& context);
};

/// All rows, in the order of the enumerators.
[[nodiscard]] std::span<const LayerRow> layer_rows();

// The builders that do not fit in one line, by file.
[[nodiscard]] Layer build_conv(LayerContext& context);                   // conv_layer.cpp
[[nodiscard]] Layer build_conv_transpose(LayerContext& context);         // conv_layer.cpp
[[nodiscard]] Layer build_linear(LayerContext& context);                 // linear_layer.cpp
[[nodiscard]] Layer build_batch_norm(LayerContext& context);             // batch_norm_layer.cpp
[[nodiscard]] Layer build_layer_norm(LayerContext& context);             // norm_layers.cpp
[[nodiscard]] Layer build_group_norm(LayerContext& context);             // norm_layers.cpp
[[nodiscard]] Layer build_max_pool(LayerContext& context);               // pool_layers.cpp
[[nodiscard]] Layer build_average_pool(LayerContext& context);           // pool_layers.cpp
[[nodiscard]] Layer build_global_average_pool(LayerContext& context);    // resize_layers.cpp
[[nodiscard]] Layer build_global_max_pool(LayerContext& context);        // resize_layers.cpp
[[nodiscard]] Layer build_adaptive_average_pool(LayerContext& context);  // resize_layers.cpp
[[nodiscard]] Layer build_adaptive_max_pool(LayerContext& context);      // resize_layers.cpp
[[nodiscard]] Layer build_upsample(LayerContext& context);               // resize_layers.cpp
[[nodiscard]] Layer build_pad(LayerContext& context);                    // resize_layers.cpp
[[nodiscard]] Layer build_slice(LayerContext& context);                  // tensor_layers.cpp
[[nodiscard]] Layer build_channel_shuffle(LayerContext& context);        // tensor_layers.cpp
[[nodiscard]] Layer build_reshape(LayerContext& context);                // tensor_layers.cpp
[[nodiscard]] Layer build_drop_path(LayerContext& context);              // tensor_layers.cpp

}  // namespace nas
