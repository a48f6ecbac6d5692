#include "experiments/store/file_system.h"

#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "experiments/store/run_lock.h"

namespace nas {
namespace {

/// statfs(2) magic numbers of file systems shared between machines, or served by a program that
/// may be one (FUSE).
constexpr std::array<std::uint32_t, 14> kNetworkFileSystems = {
    0x00006969,  // NFS
    0x0BD00BD0,  // Lustre
    0x47504653,  // GPFS
    0x65735546,  // FUSE
    0xFF534D42,  // CIFS
    0x0000517B,  // SMB
    0xFE534D42,  // SMB2
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x19830326,  // BeeGFS
    0x01021997,  // 9P
    0xAAD7AAEA,  // PanFS
    0x01161970,  // GFS2
    0x7461636F,  // OCFS2
};

bool is_network_file_system(const std::filesystem::path& directory) {
  struct statfs about {};
  if (statfs(directory.c_str(), &about) != 0) return true;
  // f_type is signed and may be sign-extended.
  const auto type = static_cast<std::uint32_t>(about.f_type);
  return std::ranges::find(kNetworkFileSystems, type) != kNetworkFileSystems.end();
}

}  // namespace

Journal journal_for(const std::filesystem::path& directory, const std::filesystem::path& run_lock) {
  if (probe_run_lock(run_lock).state == LockState::Unsupported) return Journal::DotFile;
  return is_network_file_system(directory) ? Journal::Rollback : Journal::Wal;
}

const char* vfs_for(Journal journal) { return journal == Journal::DotFile ? "unix-dotfile" : nullptr; }

}  // namespace nas
