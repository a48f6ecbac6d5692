// The data of one search, split and measured, and the batches that training and validation see.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "nas/result.h"
#include "nas/rng.h"
#include "trainer/batch_share.h"
#include "trainer/data/data_set.h"
#include "trainer/data_options.h"
#include "trainer/data_split.h"
#include "trainer/training_options.h"

namespace nas {

/// A record that can't be read or used, found during training.
struct DataError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One part of the data: on the device as stored, or to be read.
struct DataPart {
  std::vector<std::int64_t> records;  // of the set, ascending
  at::Tensor inputs = {};   // (records, channels, sizes...) as stored; undefined where they are read during training
  at::Tensor targets = {};  // (records, ...) as stored; undefined as the inputs
  at::Tensor rows = {};     // (records) int64, of inputs and targets that parts share; undefined: all, in order
  at::Tensor labels = {};   // (records) int64, on the device; classification only

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(records.size()); }
  [[nodiscard]] bool resident() const { return inputs.defined(); }
};

/// normalised = stored * scale + offset, for each channel: (channels, 1, ...) float32.
struct Normalisation {
  at::Tensor scale;
  at::Tensor offset;
};

struct TrainingData {
  DataFacts facts;
  DataDescription description;
  std::shared_ptr<const RecordReader> reader;
  DataPart train = {};
  DataPart validation = {};
  Normalisation inputs = {};                     // from the training part: mean 0, deviation 1
  Normalisation targets = {};                    // regression, restoration
  double target_range = 1;                       // restoration: largest - smallest possible or seen value
  std::vector<std::int64_t> class_records = {};  // classification: training records of each class
  double noise = 0;                              // restoration: deviation where the range is 1
  std::uint64_t noise_seed = 0;
  std::int64_t reader_threads = 1;
  at::Device device = at::kCPU;
};

/// Opens the set, splits it, keeps what is small enough on the device, measures the training part
/// (a part that is read during training by up to 10,000 records of it, spread evenly). Error: as
/// describe_data, or a record that can't be read or used.
[[nodiscard]] Result<TrainingData> load_training_data(const DataOptions& options, at::Device device);
[[nodiscard]] Result<TrainingData> make_training_data(const DataSet& set, const DataOptions& options,
                                                      const DataDescription& description, const DataSplit& split,
                                                      at::Device device);

/// What each fold's training needs, in their order; one where the options have no folds. The folds share what lives on
/// the device: their records are there once. Error: as load_training_data.
[[nodiscard]] Result<std::vector<TrainingData>> load_folds(const DataOptions& options, at::Device device);

/// Some records of a part, as stored.
struct StoredBatch {
  std::vector<std::int64_t> records;  // of the set
  at::Tensor inputs;
  at::Tensor targets;
  BatchShare share = {};  // of the batch that they belong to
};

/// The records at these positions of the part. On the CPU and pinned where the part is not
/// resident, else on the device. May be called from many threads. Throws DataError.
[[nodiscard]] StoredBatch read_batch(const TrainingData& data, const DataPart& part,
                                     std::span<const std::int64_t> positions);

/// Ready for a network and its loss, on the device.
struct Batch {
  at::Tensor inputs = {};  // (batch, channels, sizes...) float32 normalised; images channels_last
  /// (batch) int64 classes; (batch, labels) float32; (batch, sizes...) int64, kIgnoredClass where not
  /// judged; (batch, ...) float32 normalised.
  at::Tensor targets;
  at::Tensor other_targets;  // mixup: loss = share * loss(targets) + (1 - share) * loss(other_targets)
  double share = 1;
  BatchShare records = {};  // which of their batch these are
};
inline constexpr std::int64_t kIgnoredClass = -100;

/// Augmented by draws from `rng`, which are those of the whole batch that `stored` may be a share of; mixup mixes
/// within the share.
[[nodiscard]] Batch training_batch(const TrainingData& data, StoredBatch stored, const AugmentationOptions& options,
                                   Rng& rng);

/// As they are; what corrupts them depends on the record alone.
[[nodiscard]] Batch evaluation_batch(const TrainingData& data, StoredBatch stored);

}  // namespace nas
