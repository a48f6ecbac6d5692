// What this trainer is made of.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace nas {

/// {"nas", "torch", "cuda", "nccl", "gpu_sources", "devices"}: `cuda` and `nccl` are the versions
/// that the GPU sources were compiled for, null without them; `devices` are the visible GPUs.
[[nodiscard]] nlohmann::json trainer_version();

}  // namespace nas
