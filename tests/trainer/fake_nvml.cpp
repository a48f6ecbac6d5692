// Stands in for the driver's libnvidia-ml.so.1: the functions that are looked up, on what a test sets.
#include <cstring>

namespace {

struct State {
  unsigned long long millijoules = 0;
  unsigned processes = 1;
  unsigned mig = 0;
  int energy_return = 0;
  int running = 0;  // inits that were not shut down
};
State state;
int device;  // its address is the handle

constexpr int kSuccess = 0;
constexpr int kInvalidArgument = 2;
constexpr int kNotFound = 6;
constexpr int kInsufficientSize = 7;

int found(bool is_it, void** handle) {
  if (!is_it) return kNotFound;
  *handle = &device;
  return kSuccess;
}

}  // namespace

extern "C" {

void fake_nvml_set(unsigned long long millijoules, unsigned processes, unsigned mig, int energy_return) {
  state.millijoules = millijoules;
  state.processes = processes;
  state.mig = mig;
  state.energy_return = energy_return;
}
int fake_nvml_running() { return state.running; }

int nvmlInit_v2() {
  ++state.running;
  return kSuccess;
}
int nvmlShutdown() {
  --state.running;
  return kSuccess;
}
const char* nvmlErrorString(int code) { return code == kNotFound ? "Not Found" : "another error"; }
int nvmlDeviceGetHandleByPciBusId_v2(const char* id, void** handle) {
  return found(std::strcmp(id, "00000000:3B:00.0") == 0, handle);
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) { return found(index == 1, handle); }
int nvmlDeviceGetHandleByUUID(const char* uuid, void** handle) {
  return found(std::strcmp(uuid, "GPU-1a2b") == 0, handle);
}
int nvmlDeviceGetTotalEnergyConsumption(void* handle, unsigned long long* energy) {
  if (handle != &device) return kInvalidArgument;
  *energy = state.millijoules;
  return state.energy_return;
}
int nvmlDeviceGetMigMode(void*, unsigned* current, unsigned* pending) {
  *current = *pending = state.mig;
  return kSuccess;
}
int nvmlDeviceGetComputeRunningProcesses(void*, unsigned* count, void*) {
  const bool fits = *count >= state.processes;
  *count = state.processes;
  return fits ? kSuccess : kInsufficientSize;
}
}
