#include "trainer/energy_nvml.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "nas/check.h"

namespace nas {
namespace {

// As nvml.h declares them.
using NvmlDevice = struct nvmlDevice_st*;
using NvmlReturn = int;
constexpr NvmlReturn kSuccess = 0;
constexpr NvmlReturn kNotSupported = 3;
constexpr NvmlReturn kInsufficientSize = 7;

constexpr double kJoulesPerCount = 1e-3;

/// The functions of one loaded library.
struct Nvml {
  NvmlReturn (*init)() = nullptr;
  NvmlReturn (*shutdown)() = nullptr;
  const char* (*error_string)(NvmlReturn) = nullptr;
  NvmlReturn (*by_bus_id)(const char*, NvmlDevice*) = nullptr;
  NvmlReturn (*by_index)(unsigned, NvmlDevice*) = nullptr;
  NvmlReturn (*by_uuid)(const char*, NvmlDevice*) = nullptr;
  NvmlReturn (*total_energy)(NvmlDevice, unsigned long long*) = nullptr;
  NvmlReturn (*mig_mode)(NvmlDevice, unsigned*, unsigned*) = nullptr;
  NvmlReturn (*compute_processes)(NvmlDevice, unsigned*, void*) = nullptr;
};

class Library {
 public:
  /// Error: it can't be loaded, or lacks a function.
  static Result<std::unique_ptr<Library>> load(const std::string& path) {
    void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return Error{fmt::format("the driver's library is not there: {}", dlerror())};
    std::unique_ptr<Library> library(new Library(handle));
    if (const auto missing = library->find_functions()) return Error{fmt::format("{} has no {}", path, *missing)};
    const NvmlReturn begun = library->nvml_.init();
    if (begun != kSuccess) return Error{fmt::format("{}: {}", path, library->nvml_.error_string(begun))};
    library->begun_ = true;
    return library;
  }
  ~Library() {
    if (begun_) nvml_.shutdown();
    dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const Nvml& operator*() const { return nvml_; }
  const Nvml* operator->() const { return &nvml_; }

 private:
  explicit Library(void* handle) : handle_(handle) {}

  /// The first that is missing.
  std::optional<std::string_view> find_functions() {
    std::optional<std::string_view> missing;
    const auto find = [&](auto*& function, const char* name) {
      // dlsym knows no types.
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle_, name));
      if (function == nullptr && !missing) missing = name;
    };
    find(nvml_.init, "nvmlInit_v2");
    find(nvml_.shutdown, "nvmlShutdown");
    find(nvml_.error_string, "nvmlErrorString");
    find(nvml_.by_bus_id, "nvmlDeviceGetHandleByPciBusId_v2");
    find(nvml_.by_index, "nvmlDeviceGetHandleByIndex_v2");
    find(nvml_.by_uuid, "nvmlDeviceGetHandleByUUID");
    find(nvml_.total_energy, "nvmlDeviceGetTotalEnergyConsumption");
    find(nvml_.mig_mode, "nvmlDeviceGetMigMode");
    find(nvml_.compute_processes, "nvmlDeviceGetComputeRunningProcesses");
    return missing;
  }

  void* handle_;
  bool begun_ = false;
  Nvml nvml_;
};

Result<NvmlDevice> find_device(const Nvml& nvml, const std::string& word) {
  NvmlDevice device = nullptr;
  NvmlReturn found = kSuccess;
  if (word.starts_with("GPU-")) {
    found = nvml.by_uuid(word.c_str(), &device);
  } else if (word.find(':') != std::string::npos) {
    found = nvml.by_bus_id(word.c_str(), &device);
  } else if (word.empty() || word.size() > 4 || word.find_first_not_of("0123456789") != std::string::npos) {
    return Error{fmt::format("'{}' names no whole GPU", word)};
  } else {
    found = nvml.by_index(static_cast<unsigned>(std::stoul(word)), &device);
  }
  if (found != kSuccess) return Error{fmt::format("GPU {}: {}", word, nvml.error_string(found))};
  return device;
}

/// Processes that compute on the board, this one perhaps among them; none where the driver does not tell.
std::optional<unsigned> processes_on(const Nvml& nvml, NvmlDevice device) {
  unsigned count = 0;
  const NvmlReturn counted = nvml.compute_processes(device, &count, nullptr);
  if (counted != kSuccess && counted != kInsufficientSize) return std::nullopt;
  return count;
}

class NvmlCounter final : public EnergyCounter {
 public:
  NvmlCounter(std::unique_ptr<Library> library, NvmlDevice device, std::string name, unsigned long long first)
      : library_(std::move(library)), device_(device), name_(std::move(name)), first_(first), last_(first) {}

  double joules() override {
    unsigned long long now = 0;
    const NvmlReturn read = (*library_)->total_energy(device_, &now);
    if (read != kSuccess) fail((*library_)->error_string(read));
    if (now < last_) fail("its counter went back, was the driver loaded again?");
    if (processes_on(**library_, device_).value_or(0) > 1) {
      fail("another process computes on it, and the board's counter has both");
    }
    last_ = now;
    return static_cast<double>(now - first_) * kJoulesPerCount;
  }

  /// It does not go round within centuries; power is sampled for a part of the time on some boards, so short windows
  /// say little.
  CounterManners manners() const override { return {.tick = 0.1, .most_gap = 3600, .settle = 2, .window = 5}; }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    throw Exception(fmt::format("energy: nvml: GPU {}: {}", name_, why));
  }

  std::unique_ptr<Library> library_;
  NvmlDevice device_;
  std::string name_;
  unsigned long long first_;  // millijoules
  unsigned long long last_;
};

}  // namespace

Result<std::unique_ptr<EnergyCounter>> open_nvml(const std::string& library, const std::string& device,
                                                 unsigned own_processes) {
  auto loaded = Library::load(library);
  if (!loaded) return loaded.error();
  const Nvml& nvml = ***loaded;
  const auto found = find_device(nvml, device);
  if (!found) return found.error();
  unsigned is_mig = 0;
  unsigned will_be = 0;
  if (nvml.mig_mode(*found, &is_mig, &will_be) == kSuccess && is_mig != 0) {
    return Error{fmt::format("GPU {} is divided (MIG), and its counter has all parts, take energy: model", device)};
  }
  unsigned long long first = 0;
  const NvmlReturn read = nvml.total_energy(*found, &first);
  if (read == kNotSupported) {
    return Error{fmt::format("GPU {} has no energy counter (they begin with Volta), take energy: model", device)};
  }
  if (read != kSuccess) return Error{fmt::format("GPU {}: {}", device, nvml.error_string(read))};
  if (processes_on(nvml, *found).value_or(0) > own_processes) {
    return Error{
        fmt::format("other processes compute on GPU {} (its counter can't tell them apart), start one worker "
                    "a device or take energy: model",
                    device)};
  }
  return std::unique_ptr<EnergyCounter>(
      std::make_unique<NvmlCounter>(std::move(loaded).value(), *found, device, first));
}

}  // namespace nas
