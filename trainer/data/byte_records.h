// Records that lie one after the other in memory, inputs as they are wanted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/data/data_set.h"

namespace nas {

/// One span for each file or array that was read or mapped; `keep` owns them.
class ByteRecords final : public RecordReader {
 public:
  /// Each part holds whole records of `stride` bytes, the input `offset` bytes into each.
  struct Layout {
    std::size_t stride = 0;
    std::size_t offset = 0;
  };
  ByteRecords(std::vector<std::span<const std::byte>> parts, Layout layout, std::shared_ptr<const void> keep);

  Result<Unit> read(std::int64_t record, RecordBytes into) const override;

 private:
  std::vector<std::span<const std::byte>> parts_;
  Layout layout_;
  std::shared_ptr<const void> keep_;
};

}  // namespace nas
