#include "trainer/cpu_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <new>
#include <string>

namespace nas {

namespace {

std::atomic<std::int64_t> held_bytes{0};
std::atomic<std::int64_t> peak_bytes{0};
std::atomic<std::int64_t> limit_bytes{std::numeric_limits<std::int64_t>::max()};

void count(std::int64_t bytes) {
  const std::int64_t held = held_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::int64_t peak = peak_bytes.load(std::memory_order_relaxed);
  while (held > peak && !peak_bytes.compare_exchange_weak(peak, held, std::memory_order_relaxed)) {
  }
}

bool fits(std::size_t bytes) {
  const std::int64_t left = limit_bytes.load(std::memory_order_relaxed) - held_bytes.load(std::memory_order_relaxed);
  return left > 0 && bytes <= static_cast<std::size_t>(left);
}

/// In front of each tensor's memory: how many bytes were asked for (malloc's own figure depends on
/// what was freed before). As large as the alignment, a cache line, as torch's own allocator has it.
struct alignas(64) Prefix {
  std::size_t bytes;
};

void release(void* memory) {
  if (memory == nullptr) return;
  Prefix* const prefix = static_cast<Prefix*>(memory) - 1;
  count(-static_cast<std::int64_t>(prefix->bytes));
  std::free(prefix);
}

class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    const c10::Device cpu(c10::DeviceType::CPU);
    if (bytes == 0) return {nullptr, nullptr, &release, cpu};
    TORCH_CHECK_WITH(OutOfMemoryError, fits(bytes), "out of memory: a tensor of ", bytes, " bytes was asked for, ",
                     held_bytes.load(), " of ", limit_bytes.load(), " bytes are taken");
    void* start = nullptr;
    const int error = bytes > PTRDIFF_MAX ? ENOMEM : posix_memalign(&start, alignof(Prefix), sizeof(Prefix) + bytes);
    TORCH_CHECK_WITH(OutOfMemoryError, error == 0, "out of memory: a tensor of ", bytes, " bytes was asked for");
    Prefix* const prefix = new (start) Prefix{bytes};
    count(static_cast<std::int64_t>(bytes));
    void* const memory = prefix + 1;
    return {memory, memory, &release, cpu};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }
};

}  // namespace

void count_cpu_memory() {
  // A step frees and allocates the same large tensors again and again: fresh pages from the system
  // each time cost a tenth of the training time, so freed memory is kept until the job's end.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 16 << 20);
  static CountingAllocator allocator;
  constexpr std::uint8_t kBeforeTorchs = 1;
  c10::SetCPUAllocator(&allocator, kBeforeTorchs);
}

void set_cpu_memory_limit(std::optional<std::int64_t> bytes) {
  limit_bytes = bytes.value_or(std::numeric_limits<std::int64_t>::max());
}

std::int64_t free_cpu_memory_bytes() {
  std::int64_t free = std::numeric_limits<std::int64_t>::max();
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("MemAvailable:"))
      free = std::strtoll(line.c_str() + sizeof("MemAvailable"), nullptr, 10) * 1024;
  }
  // Version 2 of control groups; "max" is no number.
  std::int64_t limit = 0;
  std::int64_t taken = 0;
  const std::string folder = "/sys/fs/cgroup/";
  if (std::ifstream(folder + "memory.max") >> limit && std::ifstream(folder + "memory.current") >> taken) {
    free = std::min(free, std::max<std::int64_t>(0, limit - taken));
  }
  return free;
}

void reset_cpu_peak_memory() { peak_bytes = held_bytes.load(); }

std::int64_t cpu_peak_memory_bytes() { return peak_bytes; }

void release_freed_cpu_memory() { malloc_trim(0); }

}  // namespace nas
