// Bytes that CPU tensors hold, counted where torch allocates them.
#pragma once

#include <cstdint>

namespace nas {

/// Puts a counting allocator in front of torch's. Call once, before the first tensor.
void count_cpu_memory();

/// The peak starts again from what is held now.
void reset_cpu_peak_memory();
[[nodiscard]] std::int64_t cpu_peak_memory_bytes();

/// Gives memory that was freed but kept for reuse back to the system.
void release_freed_cpu_memory();

}  // namespace nas
