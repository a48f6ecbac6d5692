// Exchange between GPUs; in the module libnas_cuda.so.
#include "trainer/device_nccl.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

namespace nas {

void use_nccl(c10d::ProcessGroup& group, c10d::Store& store) {
  auto own = c10::make_intrusive<c10d::PrefixStore>("nccl", c10::intrusive_ptr<c10d::Store>::reclaim_copy(&store));
  auto nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(own, group.getRank(), group.getSize());
  group.setBackend(c10::DeviceType::CUDA, c10d::ProcessGroup::BackendType::NCCL, nccl);
}

}  // namespace nas
