// The only file that includes CUDA headers; the module libnas_cuda.so.
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>

#include "trainer/cuda_functions.h"

namespace nas {

namespace {

constexpr c10::DeviceIndex kDevice = 0;

int device_count() { return c10::cuda::device_count(); }

std::string device_name(int device) {
  return at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(device))->name;
}

int compute_capability() { return at::cuda::getDeviceProperties(kDevice)->major; }

void synchronize() { c10::cuda::device_synchronize(); }

void reset_peak_memory() { c10::cuda::CUDACachingAllocator::resetPeakStats(kDevice); }

std::int64_t peak_memory_bytes() {
  constexpr auto kAllPools = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return c10::cuda::CUDACachingAllocator::getDeviceStats(kDevice).allocated_bytes[kAllPools].peak;
}

void release_cached_memory() { c10::cuda::CUDACachingAllocator::emptyCache(); }

constexpr CudaFunctions kFunctions = {device_count,      device_name,       compute_capability,   synchronize,
                                      reset_peak_memory, peak_memory_bytes, release_cached_memory};

}  // namespace

}  // namespace nas

const nas::CudaFunctions* nas_cuda_functions() { return &nas::kFunctions; }
