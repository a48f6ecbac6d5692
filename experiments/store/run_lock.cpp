#include "experiments/store/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

namespace nas {
namespace {

/// Locks of the open file description (Linux), not of the process: closing another descriptor of
/// the same file, as every probe does, would silently drop a classic POSIX lock.
struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool means_unsupported(int error) {
  return error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP || error == EINVAL;
}

std::string this_host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

void read_text(int descriptor, LockHolder& holder) {
  std::array<char, 512> bytes{};
  const ssize_t size = pread(descriptor, bytes.data(), bytes.size() - 1, 0);
  if (size <= 0) return;
  std::istringstream text{std::string(bytes.data(), static_cast<std::size_t>(size))};
  text >> holder.host >> holder.process;
}

LockHolder probe(int descriptor) {
  LockHolder holder;
  read_text(descriptor, holder);
  struct flock lock = whole_file(F_WRLCK);
  if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) {
    holder.state = means_unsupported(errno) ? LockState::Unsupported : LockState::Free;
  } else {
    holder.state = lock.l_type == F_UNLCK ? LockState::Free : LockState::Held;
  }
  return holder;
}

/// False if the file was removed or replaced after it was opened: a lock on it would guard nothing.
bool is_still(int descriptor, const std::filesystem::path& file) {
  struct stat opened {};
  struct stat there {};
  return fstat(descriptor, &opened) == 0 && stat(file.c_str(), &there) == 0 && opened.st_ino == there.st_ino &&
         opened.st_dev == there.st_dev;
}

bool write_text(int descriptor) {
  const std::string text = fmt::format("{} {}\n", this_host(), getpid());
  return ftruncate(descriptor, 0) == 0 &&
         pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

Error cannot_lock(const std::filesystem::path& file) {
  return Error{
      fmt::format("cannot lock {} ({}), choose another directory with --run", file.string(), std::strerror(errno))};
}

enum class Attempt { Taken, Busy, Failed };

Attempt lock(int descriptor) {
  struct flock request = whole_file(F_WRLCK);
  if (fcntl(descriptor, F_OFD_SETLK, &request) == 0) return Attempt::Taken;
  if (errno == EAGAIN || errno == EACCES) return Attempt::Busy;
  if (!means_unsupported(errno)) return Attempt::Failed;
  LockHolder holder{LockState::Unsupported, {}, 0};
  read_text(descriptor, holder);
  return is_held(holder) ? Attempt::Busy : Attempt::Taken;
}

}  // namespace

LockHolder probe_run_lock(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  LockHolder holder = probe(descriptor);
  close(descriptor);
  return holder;
}

bool is_held(const LockHolder& holder) {
  if (holder.state != LockState::Unsupported) return holder.state == LockState::Held;
  if (holder.host.empty()) return false;
  if (holder.host != this_host()) return true;
  return kill(static_cast<pid_t>(holder.process), 0) == 0 || errno == EPERM;
}

Result<std::optional<RunLock>> RunLock::take(const std::filesystem::path& file) {
  for (;;) {
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return cannot_lock(file);
    const Attempt attempt = lock(descriptor);
    if (attempt != Attempt::Taken) {
      // Another process's file: its text stays as it is.
      Error error = cannot_lock(file);
      close(descriptor);
      if (attempt == Attempt::Failed) return error;
      return std::optional<RunLock>{};
    }
    RunLock taken(descriptor);
    if (!is_still(descriptor, file)) continue;
    if (!write_text(descriptor)) return cannot_lock(file);
    return std::optional<RunLock>{std::move(taken)};
  }
}

RunLock::RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

RunLock::~RunLock() {
  if (descriptor_ < 0) return;
  // Where there are no locks the text is the lock.
  if (ftruncate(descriptor_, 0) != 0) errno = 0;
  close(descriptor_);
}

}  // namespace nas
