// Bytes that CPU tensors hold, counted where torch allocates them.
#pragma once

#include <cstdint>
#include <optional>

namespace nas {

/// Puts a counting allocator in front of torch's. Call once, before the first tensor.
void count_cpu_memory();

/// From now on an allocation that would make it more than `bytes` throws c10::OutOfMemoryError; none: no limit.
void set_cpu_memory_limit(std::optional<std::int64_t> bytes);

/// The peak starts again from what is held now.
void reset_cpu_peak_memory();
[[nodiscard]] std::int64_t cpu_peak_memory_bytes();

/// What the system could still give this process: available memory, or less where its control group has a limit.
[[nodiscard]] std::int64_t free_cpu_memory_bytes();

/// Gives memory that was freed but kept for reuse back to the system.
void release_freed_cpu_memory();

}  // namespace nas
