// Which tensors each operation with weights keeps, in the order in which the trainer makes them.
// For the rows of operations.
#pragma once

#include <span>
#include <vector>

#include "nas/export/weight_shape.h"
#include "nas/network.h"

namespace nas::detail {

using Shapes = std::span<const Shape>;

[[nodiscard]] std::vector<WeightShape> conv_weights(const Attributes& attributes, Shapes inputs);
[[nodiscard]] std::vector<WeightShape> conv_transpose_weights(const Attributes& attributes, Shapes inputs);
[[nodiscard]] std::vector<WeightShape> linear_weights(const Attributes& attributes, Shapes inputs);
[[nodiscard]] std::vector<WeightShape> batch_norm_weights(const Attributes& attributes, Shapes inputs);
/// Of layer_norm and group_norm.
[[nodiscard]] std::vector<WeightShape> norm_weights(const Attributes& attributes, Shapes inputs);
[[nodiscard]] std::vector<WeightShape> prelu_weights(const Attributes& attributes, Shapes inputs);

}  // namespace nas::detail
