// Where training runs: the first visible CUDA device, or the CPU.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace c10d {
class ProcessGroup;
class Store;
}  // namespace c10d

namespace nas {

/// CUDA device 0 of the visible ones if this build has GPU sources and a driver is there; else the
/// CPU. Loads CUDA at the first call where it may be needed (0.3 s). Sets fp32 to mean fp32: TF32,
/// which rounds to 10 bits of mantissa, is off. Throws nas::Exception where a GPU is visible but
/// the module that drives it can't be loaded.
[[nodiscard]] c10::Device pick_device();

/// Names of the visible CUDA devices; empty without any.
[[nodiscard]] std::vector<std::string> cuda_device_names();

/// Major number of the first CUDA device's compute capability; 0 without one.
[[nodiscard]] int cuda_capability();

/// Of the first CUDA device: "00000000:3B:00.0", by which the driver knows it in whatever order CUDA numbers devices.
/// Empty without one.
[[nodiscard]] std::string cuda_bus_id();

/// Waits until the device has done what it was given.
void synchronize(c10::Device device);

void reset_peak_memory(c10::Device device);
/// Most bytes that tensors held at once since the last reset.
[[nodiscard]] std::int64_t peak_memory_bytes(c10::Device device);
/// From now on tensors that take more than `bytes` together are out of memory; none: no limit but the device's.
void set_memory_limit(c10::Device device, std::optional<std::int64_t> bytes);
/// What the device has left for tensors of this process.
[[nodiscard]] std::int64_t free_memory_bytes(c10::Device device);
/// Tensors on this GPU go by NCCL from now on. Throws nas::Exception where this build has none.
void use_nccl_on(c10::Device device, c10d::ProcessGroup& group, c10d::Store& store);
/// Gives memory that is kept for reuse back.
void release_cached_memory(c10::Device device);

}  // namespace nas
