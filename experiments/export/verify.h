// Compares exported files with what the trainer computes: model.py with its weights, and model.onnx.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "nas/result.h"

namespace nas {

/// Of max|a-b| / max|b| over all outputs, in evaluation mode.
inline constexpr double kExportTolerance = 1e-5;

struct VerifyResult {
  double source = 0;           // of model.py
  std::optional<double> onnx;  // empty where this Python has no onnxruntime, or there is no model.onnx
  std::string python;          // what compared them
  std::string torch;           // its version of torch
  /// Where model.py and the trainer were compared in float64: how far the trainer's float32 is from that, and `onnx`
  /// too. Empty: float32.
  std::optional<double> float32_rounding = {};
};

/// Files of inputs and outputs that `nas-trainer --model` wrote; the second one is compared where it is named.
struct ExpectedOutputs {
  std::filesystem::path float32;
  std::filesystem::path float64 = {};
};

/// The first of these that imports torch: `asked` alone where it is given; else $NAS_PYTHON, the
/// virtual environment of the source tree, python3. `folder` is for files that come and go. Empty:
/// none does. Error: `asked` doesn't.
[[nodiscard]] Result<std::optional<std::string>> find_torch_python(const std::string& asked,
                                                                   const std::filesystem::path& folder);

/// `exported` holds model.py, model.safetensors and perhaps model.onnx. Error: they can't be loaded.
[[nodiscard]] Result<VerifyResult> verify_export(const std::string& python, const std::filesystem::path& exported,
                                                 const ExpectedOutputs& expected, const std::filesystem::path& folder);

/// Within kExportTolerance; model.onnx beside float64 within a few times what float32 rounds.
[[nodiscard]] bool is_close(const VerifyResult& result);

/// In words. REQUIRES: !is_close(result)
[[nodiscard]] Error difference(const VerifyResult& result);

}  // namespace nas
