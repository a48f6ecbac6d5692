// Each operation as PyTorch source. For the rows of operations.
#pragma once

#include <span>

#include "nas/export/python_code.h"
#include "nas/network.h"

namespace nas::detail {

using Shapes = std::span<const Shape>;

/// The row's `pytorch` is a module without arguments.
[[nodiscard]] PythonCode plain_python(const Node& node, Shapes inputs);

// operation_python_window.cpp
[[nodiscard]] PythonCode conv_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode conv_transpose_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode max_pool_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode average_pool_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode pad_python(const Node& node, Shapes inputs);

// operation_python.cpp
[[nodiscard]] PythonCode global_average_pool_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode global_max_pool_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode adaptive_average_pool_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode adaptive_max_pool_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode upsample_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode linear_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode batch_norm_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode layer_norm_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode group_norm_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode dropout_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode drop_path_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode leaky_relu_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode prelu_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode softmax_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode zero_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode add_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode multiply_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode concat_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode slice_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode channel_shuffle_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode flatten_python(const Node& node, Shapes inputs);
[[nodiscard]] PythonCode reshape_python(const Node& node, Shapes inputs);

}  // namespace nas::detail
