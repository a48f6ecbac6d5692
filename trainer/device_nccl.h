#pragma once

namespace c10d {
class ProcessGroup;
class Store;
}  // namespace c10d

namespace nas {

/// CudaFunctions::use_nccl.
void use_nccl(c10d::ProcessGroup& group, c10d::Store& store);

}  // namespace nas
