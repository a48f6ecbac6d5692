// What the trainer needs of CUDA beyond ATen, as a table of functions in a shared module of its
// own: nas-trainer itself links no CUDA, so that it starts in half the time where there is no GPU.
#pragma once

#include <cstdint>
#include <string>

namespace c10d {
class ProcessGroup;
class Store;
}  // namespace c10d

namespace nas {

/// All act on device 0 of the visible ones. May throw c10::Error.
struct CudaFunctions {
  int (*device_count)();  // 0 where there is no usable driver; does not throw
  std::string (*device_name)(int device);
  int (*compute_capability)();  // the major number: 8 of 8.6
  std::string (*bus_id)();      // of PCI, as the driver's tools write it
  void (*synchronize)();
  void (*reset_peak_memory)();
  std::int64_t (*peak_memory_bytes)();  // most bytes in tensors since the last reset
  void (*release_cached_memory)();
  void (*set_memory_limit)(std::int64_t bytes);  // of all tensors; 0: none but the device's
  std::int64_t (*free_memory_bytes)();           // for tensors: the device's, and what is kept for reuse
  /// Tensors on the device go by NCCL from now on; the group's processes find each other in the store. Null where this
  /// build has no NCCL.
  void (*use_nccl)(c10d::ProcessGroup& group, c10d::Store& store);
};

}  // namespace nas

/// The module's one symbol.
extern "C" const nas::CudaFunctions* nas_cuda_functions();
