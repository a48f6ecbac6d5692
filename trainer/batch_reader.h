// The batches of one epoch in their order, read ahead by threads where the part is not resident.
#pragma once

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "trainer/training_data.h"

namespace nas {

/// Used from one thread. What it gives depends on data, order and batch size only, not on threads.
class BatchReader {
 public:
  /// Positions in the part, as they will be seen; a last batch may be shorter. `data` and `part` must
  /// outlive this. Of several processes each reads its share of every batch.
  BatchReader(const TrainingData& data, const DataPart& part, std::vector<std::int64_t> order, std::int64_t batch_size,
              const ProcessPlace& place = {});
  ~BatchReader();
  BatchReader(const BatchReader&) = delete;
  BatchReader& operator=(const BatchReader&) = delete;

  [[nodiscard]] std::size_t batches() const { return batches_; }

  /// REQUIRES: fewer than batches() were taken. Throws DataError.
  [[nodiscard]] StoredBatch next();

 private:
  struct Slot {
    StoredBatch batch;
    std::exception_ptr error;
  };
  [[nodiscard]] StoredBatch read(std::size_t batch) const;
  void read_ahead();
  /// The next batch that nobody reads yet, once there is room for it; none when it is over.
  std::optional<std::size_t> claim();

  const TrainingData& data_;
  const DataPart& part_;
  const std::vector<std::int64_t> order_;
  const std::size_t batch_size_;
  const std::size_t batches_;
  const ProcessPlace place_;
  const std::size_t ahead_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Slot> read_;  // by batch: read, not yet taken
  std::size_t claimed_ = 0;
  std::size_t taken_ = 0;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace nas
