#include "nas/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace nas {
namespace fs = std::filesystem;
namespace {

Error cannot_write(const fs::path& file) {
  return Error{fmt::format("cannot write {} ({})", file.string(), std::strerror(errno))};
}

Result<Unit> write_new_file(const fs::path& file, std::string_view content) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return cannot_write(file);
  Result<Unit> written = Unit{};
  while (written && !content.empty()) {
    const ssize_t count = write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      written = cannot_write(file);
    } else {
      content.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  if (written && fsync(descriptor) != 0) written = cannot_write(file);
  // Some network file systems report a full disk only here.
  if (close(descriptor) != 0 && written) written = cannot_write(file);
  return written;
}

}  // namespace

Result<Unit> write_durably(const fs::path& file, std::string_view content) {
  const fs::path fresh = file.string() + ".new";
  Result<Unit> written = write_new_file(fresh, content);
  if (written && std::rename(fresh.c_str(), file.c_str()) != 0) written = cannot_write(file);
  if (written) return sync_directory(file.parent_path());
  std::error_code ignored;
  fs::remove(fresh, ignored);
  return written;
}

Result<Unit> sync_directory(const fs::path& directory) {
  const fs::path name = directory.empty() ? fs::path(".") : directory;
  const int descriptor = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return cannot_write(name);
  Result<Unit> synced = Unit{};
  // Some network file systems cannot sync a directory; their renames are synchronous.
  if (fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) synced = cannot_write(name);
  close(descriptor);
  return synced;
}

}  // namespace nas
