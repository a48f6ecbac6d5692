#include "trainer/data/byte_records.h"

#include <cstring>
#include <utility>

#include "nas/check.h"

namespace nas {

ByteRecords::ByteRecords(std::vector<std::span<const std::byte>> parts, Layout layout, std::shared_ptr<const void> keep)
    : parts_(std::move(parts)), layout_(layout), keep_(std::move(keep)) {}

Result<Unit> ByteRecords::read(std::int64_t record, RecordBytes into) const {
  auto index = static_cast<std::size_t>(record);
  for (const std::span<const std::byte> part : parts_) {
    const std::size_t records = part.size() / layout_.stride;
    if (index < records) {
      std::memcpy(into.input.data(), part.data() + index * layout_.stride + layout_.offset, into.input.size());
      return Unit{};
    }
    index -= records;
  }
  NAS_CHECK(false, "a record that the set does not have");
  return Unit{};
}

}  // namespace nas
