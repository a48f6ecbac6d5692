#include "trainer/device.h"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "nas/check.h"
#include "trainer/cpu_memory.h"
#include "trainer/cuda_functions.h"

namespace nas {

namespace {

/// The driver's device files are there (Linux, WSL) and the environment does not hide them.
[[maybe_unused]] bool gpu_may_be_visible() {
  const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible != nullptr && (std::string_view(visible).empty() || std::string_view(visible) == "-1")) return false;
  std::error_code code;
  return std::filesystem::exists("/dev/nvidiactl", code) || std::filesystem::exists("/dev/dxg", code);
}

const CudaFunctions* load_cuda() {
#ifdef NAS_CUDA_VERSION
  if (!gpu_may_be_visible()) return nullptr;
  constexpr const char* kModule = "libnas_cuda.so";
  void* const module = dlopen(kModule, RTLD_NOW | RTLD_GLOBAL);
  const auto why = [] {
    const char* const text = dlerror();
    return text == nullptr ? std::string("no reason given") : std::string(text);
  };
  if (module == nullptr) {
    throw Exception(
        fmt::format("a GPU is visible but {} can't be loaded: {}; build again, or hide the GPU with "
                    "CUDA_VISIBLE_DEVICES= to train on the CPU",
                    kModule, why()));
  }
  // dlsym knows no types.
  const auto table = reinterpret_cast<decltype(&nas_cuda_functions)>(dlsym(module, "nas_cuda_functions"));
  if (table == nullptr) throw Exception(fmt::format("{} is of another build: {}", kModule, why()));
  return table();
#else
  return nullptr;
#endif
}

/// Null where there is no GPU to use.
const CudaFunctions* cuda() {
  static const CudaFunctions* const functions = [] {
    const CudaFunctions* const loaded = load_cuda();
    return loaded != nullptr && loaded->device_count() > 0 ? loaded : nullptr;
  }();
  return functions;
}

const CudaFunctions& cuda_of(c10::Device device) {
  NAS_CHECK(device.is_cuda() && cuda() != nullptr, "a CUDA device comes from pick_device");
  return *cuda();
}

}  // namespace

c10::Device pick_device() {
  if (cuda() == nullptr) return {c10::DeviceType::CPU};
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
  return {c10::DeviceType::CUDA, 0};
}

std::vector<std::string> cuda_device_names() {
  std::vector<std::string> names;
  if (const CudaFunctions* const functions = cuda()) {
    for (int i = 0; i < functions->device_count(); ++i) names.push_back(functions->device_name(i));
  }
  return names;
}

int cuda_capability() { return cuda() != nullptr ? cuda()->compute_capability() : 0; }

std::string cuda_bus_id() { return cuda() != nullptr ? cuda()->bus_id() : std::string(); }

void synchronize(c10::Device device) {
  if (!device.is_cpu()) cuda_of(device).synchronize();
}

void reset_peak_memory(c10::Device device) {
  device.is_cpu() ? reset_cpu_peak_memory() : cuda_of(device).reset_peak_memory();
}

std::int64_t peak_memory_bytes(c10::Device device) {
  return device.is_cpu() ? cpu_peak_memory_bytes() : cuda_of(device).peak_memory_bytes();
}

void set_memory_limit(c10::Device device, std::optional<std::int64_t> bytes) {
  device.is_cpu() ? set_cpu_memory_limit(bytes) : cuda_of(device).set_memory_limit(bytes.value_or(0));
}

std::int64_t free_memory_bytes(c10::Device device) {
  return device.is_cpu() ? free_cpu_memory_bytes() : cuda_of(device).free_memory_bytes();
}

void release_cached_memory(c10::Device device) {
  device.is_cpu() ? release_freed_cpu_memory() : cuda_of(device).release_cached_memory();
}

void use_nccl_on(c10::Device device, c10d::ProcessGroup& group, c10d::Store& store) {
  if (cuda_of(device).use_nccl == nullptr) {
    throw Exception(
        "parallel: this build has no NCCL, which several GPUs need to train one network: scripts/setup.sh "
        "installs it, build again");
  }
  cuda_of(device).use_nccl(group, store);
}

}  // namespace nas
