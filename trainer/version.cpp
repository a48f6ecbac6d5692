#include "trainer/version.h"

#include <nlohmann/json.hpp>

#include "trainer/device.h"

namespace nas {

nlohmann::json trainer_version() {
  nlohmann::json version = {{"nas", NAS_VERSION}, {"torch", NAS_TORCH_VERSION}, {"cuda", nullptr},
                            {"nccl", nullptr},    {"gpu_sources", false},       {"devices", cuda_device_names()}};
#ifdef NAS_CUDA_VERSION
  version["cuda"] = NAS_CUDA_VERSION;
  version["gpu_sources"] = true;
#endif
#ifdef NAS_NCCL_VERSION
  version["nccl"] = NAS_NCCL_VERSION;
#endif
  return version;
}

}  // namespace nas
