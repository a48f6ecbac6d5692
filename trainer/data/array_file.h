// Named arrays: a .npz file (a zip archive of .npy files) or a folder of .npy files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nas/result.h"
#include "trainer/data/npy_array.h"

namespace nas {

/// Names of what is there, sorted. Error: no such place, or no archive.
[[nodiscard]] Result<std::vector<std::string>> array_names(const std::filesystem::path& place);

/// Header of one array; entries of an archive also have their length compared. Error: no such
/// array (with the nearest name), damaged.
[[nodiscard]] Result<NpyHeader> read_array_header(const std::filesystem::path& place, const std::string& name);

/// The array: mapped from a .npy file or a stored entry, inflated into memory where it is
/// compressed. Error: as above; a compressed entry whose checksum is wrong.
[[nodiscard]] Result<NpyArray> open_array(const std::filesystem::path& place, const std::string& name);

}  // namespace nas
