// How SQLite may work on the file system that a run lies on.
#pragma once

#include <filesystem>

namespace nas {

enum class Journal {
  Wal,       // write-ahead log: readers never wait for the writer; needs shared memory, so a local disk
  Rollback,  // network file systems
  DotFile,   // file systems without locks: rollback journal, and a lock file in place of locks
};

/// By the type of the file system and by a trial lock on `run_lock`, an existing file in
/// `directory`. NFS, Lustre, GPFS, CIFS, FUSE and their like get Rollback, or DotFile if they have
/// no locks. A file system that cannot be asked counts as a network one.
[[nodiscard]] Journal journal_for(const std::filesystem::path& directory, const std::filesystem::path& run_lock);

/// SQLite's name of the way to the file system; null for the default one.
[[nodiscard]] const char* vfs_for(Journal journal);

}  // namespace nas
