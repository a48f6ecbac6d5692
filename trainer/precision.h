// The number format that a network's arithmetic has. Weights stay in float32; autocast of torch converts where an
// operation is worth it (Micikevicius et al. 2018).
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/torch_network.h"

namespace nas {

enum class Precision : std::uint8_t { Fp32, Tf32, Bf16, Fp16 };

[[nodiscard]] std::string_view to_string(Precision precision);

/// What `training.precision` means on this device: `auto` is bf16 where the device computes with it (CUDA capability 8,
/// AVX512-BF16, AMX), else fp32; tf32 is fp32 where it is no CUDA device. The others are as they say, slow or not.
[[nodiscard]] Precision choose_precision(const std::string& name, c10::Device device);

/// A line for the log where the precision is not plain fp32 or not the one that was asked for.
[[nodiscard]] std::optional<std::string> precision_note(const std::string& name, Precision precision);

/// Sets what torch keeps for the whole process: whether float32 may be rounded to TF32.
void set_global_precision(Precision precision);

/// While it lives, this thread's operations on the device are autocast; nothing happens for fp32 and tf32. Left before
/// the backward pass, which follows the types of the forward pass by itself.
class AutocastGuard {
 public:
  AutocastGuard(Precision precision, c10::DeviceType device);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  bool is_on_;
  c10::DeviceType device_;
  bool was_enabled_ = false;
  at::ScalarType had_type_ = at::kFloat;
};

/// forward_all in this precision; outputs in float32, in which losses and metrics are computed.
[[nodiscard]] std::vector<at::Tensor> forward_in(Precision precision, const TorchNetwork& network,
                                                 const at::Tensor& input, Mode mode);

}  // namespace nas
