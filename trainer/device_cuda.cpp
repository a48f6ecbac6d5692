// The only file that includes CUDA headers; the module libnas_cuda.so.
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "trainer/cuda_functions.h"
#include "trainer/device_nccl.h"

namespace nas {

namespace {

constexpr c10::DeviceIndex kDevice = 0;

int device_count() { return c10::cuda::device_count(); }

std::string device_name(int device) {
  return at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(device))->name;
}

int compute_capability() { return at::cuda::getDeviceProperties(kDevice)->major; }

std::string bus_id() {
  const cudaDeviceProp* const properties = at::cuda::getDeviceProperties(kDevice);
  return fmt::format("{:08X}:{:02X}:{:02X}.0", properties->pciDomainID, properties->pciBusID, properties->pciDeviceID);
}

void synchronize() { c10::cuda::device_synchronize(); }

void reset_peak_memory() { c10::cuda::CUDACachingAllocator::resetPeakStats(kDevice); }

std::int64_t peak_memory_bytes() {
  constexpr auto kAllPools = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return c10::cuda::CUDACachingAllocator::getDeviceStats(kDevice).allocated_bytes[kAllPools].peak;
}

void release_cached_memory() { c10::cuda::CUDACachingAllocator::emptyCache(); }

std::pair<std::size_t, std::size_t> free_and_total() {
  return c10::cuda::CUDACachingAllocator::get()->getMemoryInfo(kDevice);
}

void set_memory_limit(std::int64_t bytes) {
  const auto total = static_cast<double>(free_and_total().second);
  const double fraction = bytes == 0 ? 1 : std::min(1.0, static_cast<double>(bytes) / total);
  c10::cuda::CUDACachingAllocator::setMemoryFraction(fraction, kDevice);
}

std::int64_t free_memory_bytes() {
  constexpr auto kAllPools = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(kDevice);
  const std::int64_t kept = stats.reserved_bytes[kAllPools].current - stats.allocated_bytes[kAllPools].current;
  return static_cast<std::int64_t>(free_and_total().first) + kept;
}

#ifdef NAS_NCCL_VERSION
constexpr auto kUseNccl = use_nccl;
#else
constexpr decltype(CudaFunctions::use_nccl) kUseNccl = nullptr;
#endif

constexpr CudaFunctions kFunctions = {
    device_count,      device_name,       compute_capability,    bus_id,           synchronize,
    reset_peak_memory, peak_memory_bytes, release_cached_memory, set_memory_limit, free_memory_bytes,
    kUseNccl};

}  // namespace

}  // namespace nas

const nas::CudaFunctions* nas_cuda_functions() { return &nas::kFunctions; }
