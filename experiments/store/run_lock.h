// Which live process has a run: a kernel lock on `run.lock`, so that it goes with the process
// however that ends. The file's text (host and process id) is for people.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "nas/result.h"

namespace nas {

enum class LockState { Free, Held, Unsupported };

struct LockHolder {
  LockState state = LockState::Free;
  std::string host;  // of the last holder; empty if never held
  long process = 0;  // on that host
};

/// Without taking it, also from the process that holds it. A missing or unreadable file is Free.
/// Unsupported: the file system has no locks.
[[nodiscard]] LockHolder probe_run_lock(const std::filesystem::path& file);

/// True if a process holds the lock. Where locks are unsupported: if the process that the text
/// names lives on this host, and true for every process of another host, which cannot be asked.
[[nodiscard]] bool is_held(const LockHolder& holder);

/// Held from take() to its destruction. Move-only. Not inherited by programs that this one starts.
class RunLock {
 public:
  /// Makes the file if need be. Empty: another process has it. Error: it cannot be made or locked.
  [[nodiscard]] static Result<std::optional<RunLock>> take(const std::filesystem::path& file);

  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;
  ~RunLock();

 private:
  explicit RunLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace nas
