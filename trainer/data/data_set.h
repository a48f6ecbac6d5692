// A data set as a training sees it: facts, and records that can be read one by one in any order.
// Needs no torch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/result.h"
#include "trainer/data/table_columns.h"
#include "trainer/task.h"

namespace nas {

/// How one number is stored. Inputs keep it on the device, so that images stay bytes.
enum class ElementType : std::uint8_t { UInt8, Int16, Float32 };

[[nodiscard]] constexpr std::size_t bytes_of(ElementType type) {
  constexpr std::size_t kBytes[] = {1, 2, 4};
  return kBytes[static_cast<std::size_t>(type)];
}

/// In a map of classes: a position that is not judged.
inline constexpr std::uint8_t kVoidClass = 255;

/// What a set holds, known without reading its inputs.
struct DataFacts {
  TaskKind task = TaskKind::Classification;
  Shape input = {};  // channels first
  ElementType element = ElementType::UInt8;
  std::int64_t records = 0;
  std::int64_t fixed_validation = 0;      // the last so many records are the validation part; 0: none is fixed
  std::int64_t classes = 0;               // classification, segmentation: classes; multi-label: labels; otherwise 0
  std::vector<std::int64_t> labels = {};  // classification: the class of each record, 0 to classes - 1
  std::vector<std::string> names = {};    // of classes or labels, in their order; may be empty
  Shape target = {};                      // what the reader gives beside the input; channels 0: nothing
  ElementType target_element = ElementType::UInt8;
  bool missing = false;                   // NaN in an input stands for a value that is missing
  std::vector<InputColumn> columns = {};  // tables: what makes the inputs

  [[nodiscard]] std::size_t input_bytes() const {
    return static_cast<std::size_t>(input.elements()) * bytes_of(element);
  }
  [[nodiscard]] std::size_t target_bytes() const {
    return static_cast<std::size_t>(target.elements()) * bytes_of(target_element);
  }
};

/// Where one record goes.
struct RecordBytes {
  std::span<std::byte> input;   // facts.input_bytes(), channels first
  std::span<std::byte> target;  // facts.target_bytes()
};

/// Reads records of one set. May be called from many threads at once.
struct RecordReader {
  virtual ~RecordReader() = default;
  /// Error: the file and the record that can't be read, or whose values can't be used.
  virtual Result<Unit> read(std::int64_t record, RecordBytes into) const = 0;
};

struct DataSet {
  DataFacts facts;
  std::shared_ptr<const RecordReader> reader;
};

}  // namespace nas
