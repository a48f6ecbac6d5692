#include "trainer/cpu_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

namespace nas {

namespace {

std::atomic<std::int64_t> held_bytes{0};
std::atomic<std::int64_t> peak_bytes{0};

void count(std::int64_t bytes) {
  const std::int64_t held = held_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::int64_t peak = peak_bytes.load(std::memory_order_relaxed);
  while (held > peak && !peak_bytes.compare_exchange_weak(peak, held, std::memory_order_relaxed)) {
  }
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

void reset_cpu_peak_memory() { peak_bytes = held_bytes.load(); }

std::int64_t cpu_peak_memory_bytes() { return peak_bytes; }

void release_freed_cpu_memory() { malloc_trim(0); }

}  // namespace nas
