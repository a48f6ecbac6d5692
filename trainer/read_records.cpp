#include "trainer/read_records.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <optional>
#include <thread>
#include <vector>

namespace nas {

namespace {

at::ScalarType type_of(ElementType element) {
  constexpr std::array kTypes = {at::kByte, at::kShort, at::kFloat};
  return kTypes[static_cast<std::size_t>(element)];
}

at::Tensor make_tensor(std::size_t records, const Shape& shape, ElementType element, bool pinned) {
  std::vector<std::int64_t> sizes = {static_cast<std::int64_t>(records), shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return at::empty(sizes, at::TensorOptions().dtype(type_of(element)).pinned_memory(pinned));
}

std::span<std::byte> bytes_of_record(const at::Tensor& tensor, std::size_t index, std::size_t bytes) {
  if (!tensor.defined()) return {};
  return {static_cast<std::byte*>(tensor.mutable_data_ptr()) + index * bytes, bytes};
}

}  // namespace

Result<StoredTensors> read_records(const DataFacts& facts, const RecordReader& reader,
                                   std::span<const std::int64_t> records, const ReadOptions& options) {
  StoredTensors stored{make_tensor(records.size(), facts.input, facts.element, options.pinned), {}};
  if (facts.target.channels > 0) {
    stored.targets = make_tensor(records.size(), facts.target, facts.target_element, options.pinned);
  }
  const auto threads = static_cast<std::size_t>(std::max<std::int64_t>(1, options.threads));
  std::vector<std::optional<Error>> errors(threads);
  const auto read_share = [&](std::size_t share) {
    const std::size_t first = records.size() * share / threads;
    const std::size_t last = records.size() * (share + 1) / threads;
    for (std::size_t i = first; i < last; ++i) {
      const auto read = reader.read(records[i], {bytes_of_record(stored.inputs, i, facts.input_bytes()),
                                                 bytes_of_record(stored.targets, i, facts.target_bytes())});
      if (read) continue;
      errors[share] = read.error();
      return;
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t share = 1; share < threads; ++share) others.emplace_back(read_share, share);
  read_share(0);
  others.clear();  // joins
  for (const auto& error : errors) {
    if (error) return *error;
  }
  return stored;
}

}  // namespace nas
