// The IDX format of MNIST (LeCun et al.): a magic number, big-endian sizes, then the elements.
// Plain or gzipped files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "nas/result.h"

namespace nas {

/// An IDX file of unsigned bytes.
struct IdxHeader {
  std::vector<std::int64_t> sizes;  // first axis: items

  [[nodiscard]] std::int64_t header_bytes() const;
  [[nodiscard]] std::int64_t data_bytes() const;
  bool operator==(const IdxHeader&) const = default;
};

/// Reads the header and compares the length of the content (for gzip the length that its trailer
/// states, so that a truncated download is found without inflating it) with what the header
/// announces. Error: no such file, not IDX, not bytes, truncated, too long.
[[nodiscard]] Result<IdxHeader> read_idx_header(const std::filesystem::path& file);

/// The elements after the header. Error: as above, or the content is damaged.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_idx_bytes(const std::filesystem::path& file,
                                                               const IdxHeader& header);

}  // namespace nas
