// Each operation as ONNX nodes of opset 17; each returns the name of its result. For the rows of
// operations.
#pragma once

#include <string>

#include "nas/export/onnx_graph.h"

namespace nas::detail {

/// The row's `onnx` is one operator without attributes, on all inputs.
[[nodiscard]] std::string plain_onnx(const OnnxSite& site);
/// Nothing outside training.
[[nodiscard]] std::string nothing_onnx(const OnnxSite& site);

// operation_onnx_window.cpp
[[nodiscard]] std::string conv_onnx(const OnnxSite& site);
[[nodiscard]] std::string conv_transpose_onnx(const OnnxSite& site);
[[nodiscard]] std::string max_pool_onnx(const OnnxSite& site);
[[nodiscard]] std::string average_pool_onnx(const OnnxSite& site);
[[nodiscard]] std::string adaptive_average_pool_onnx(const OnnxSite& site);
[[nodiscard]] std::string adaptive_max_pool_onnx(const OnnxSite& site);
[[nodiscard]] std::string upsample_onnx(const OnnxSite& site);
[[nodiscard]] std::string pad_onnx(const OnnxSite& site);

// operation_onnx.cpp
[[nodiscard]] std::string linear_onnx(const OnnxSite& site);
[[nodiscard]] std::string batch_norm_onnx(const OnnxSite& site);
[[nodiscard]] std::string layer_norm_onnx(const OnnxSite& site);
[[nodiscard]] std::string group_norm_onnx(const OnnxSite& site);
[[nodiscard]] std::string relu6_onnx(const OnnxSite& site);
[[nodiscard]] std::string silu_onnx(const OnnxSite& site);
[[nodiscard]] std::string gelu_onnx(const OnnxSite& site);
[[nodiscard]] std::string hard_sigmoid_onnx(const OnnxSite& site);
[[nodiscard]] std::string leaky_relu_onnx(const OnnxSite& site);
[[nodiscard]] std::string prelu_onnx(const OnnxSite& site);
[[nodiscard]] std::string softmax_onnx(const OnnxSite& site);
[[nodiscard]] std::string zero_onnx(const OnnxSite& site);
[[nodiscard]] std::string multiply_onnx(const OnnxSite& site);
[[nodiscard]] std::string concat_onnx(const OnnxSite& site);
[[nodiscard]] std::string slice_onnx(const OnnxSite& site);
[[nodiscard]] std::string channel_shuffle_onnx(const OnnxSite& site);
[[nodiscard]] std::string reshape_onnx(const OnnxSite& site);

}  // namespace nas::detail
