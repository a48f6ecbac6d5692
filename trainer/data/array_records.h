// Records of arrays: inputs and targets side by side, put into the training's axes and types.
#pragma once

#include <string>
#include <vector>

#include "trainer/data/data_set.h"
#include "trainer/data/npy_array.h"

namespace nas {

/// One axis of an array a letter, the first of them 'n'.
struct ArrayLayout {
  Shape record;                // channels first
  bool channels_last = false;  // in the file
};

/// What the letters `axes` make of the header. Error: letters that are none, or not as many as axes.
[[nodiscard]] Result<ArrayLayout> read_axes(const std::string& axes, const NpyHeader& header);

/// The type that inputs of this kind of array keep.
[[nodiscard]] ElementType element_of(const NpyHeader& header);

struct ArrayPart {
  NpyArray inputs;
  NpyArray targets;  // no data: none, or classes of whole records
};

class ArrayRecords final : public RecordReader {
 public:
  ArrayRecords(std::vector<ArrayPart> parts, const DataFacts& facts, ArrayLayout input, ArrayLayout target);

  Result<Unit> read(std::int64_t record, RecordBytes into) const override;

 private:
  [[nodiscard]] Result<Unit> check_target(const NpyArray& array, std::int64_t record,
                                          std::span<const std::byte> target) const;

  std::vector<ArrayPart> parts_;
  TaskKind task_;
  std::int64_t classes_;
  ElementType element_;
  ElementType target_element_;
  ArrayLayout input_;
  ArrayLayout target_;
};

}  // namespace nas
