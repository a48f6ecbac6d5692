// A data set in memory, for tests.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "trainer/training_data.h"

namespace nas {

/// Inputs and targets as plain numbers of the types that the facts say.
template <class Input, class Target = std::uint8_t>
class MemoryRecords final : public RecordReader {
 public:
  MemoryRecords(std::vector<Input> inputs, std::vector<Target> targets, std::int64_t broken = -1)
      : inputs_(std::move(inputs)), targets_(std::move(targets)), broken_(broken) {}

  Result<Unit> read(std::int64_t record, RecordBytes into) const override {
    if (record == broken_) return Error{"record " + std::to_string(record) + " is broken"};
    copy(inputs_, record, into.input);
    copy(targets_, record, into.target);
    return Unit{};
  }

 private:
  template <class T>
  static void copy(const std::vector<T>& from, std::int64_t record, std::span<std::byte> into) {
    if (into.empty()) return;
    const auto bytes = std::as_bytes(std::span(from));
    std::memcpy(into.data(), bytes.data() + static_cast<std::size_t>(record) * into.size(), into.size());
  }

  std::vector<Input> inputs_;
  std::vector<Target> targets_;
  std::int64_t broken_;
};

struct SplitOptions {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> validation = {0};
  DataOptions data = {};
};

inline TrainingData make_data(const DataSet& set, const SplitOptions& options) {
  auto made = make_training_data(set, options.data, {.task = set.facts.task, .input = set.facts.input},
                                 {options.train, options.validation}, at::kCPU);
  return std::move(made).value();
}

}  // namespace nas
