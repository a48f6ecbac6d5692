// The images of one split, on the device, and the batches that training and validation see.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "nas/network.h"
#include "nas/result.h"
#include "nas/rng.h"
#include "trainer/data_options.h"
#include "trainer/data_split.h"
#include "trainer/image_set.h"

namespace nas {

struct LabelledTensors {
  at::Tensor pixels;  // (images, channels, height, width) uint8
  at::Tensor labels;  // (images) int64
};

/// One float32 batch, ready for a network.
struct Batch {
  at::Tensor images;  // (batch, channels, height, width) float32, channels_last, normalised
  at::Tensor labels;  // (batch) int64
};

struct TrainingData {
  Shape input;
  std::int64_t classes = 0;
  LabelledTensors train;
  LabelledTensors validation;
  at::Tensor scale;   // (channels, 1, 1) float32: 1 / standard deviation of the training pixels
  at::Tensor offset;  // (channels, 1, 1) float32: -mean / standard deviation
};

/// Reads the whole set, keeps the split's images, measures mean and deviation of the training
/// part. Error: as describe_data, or damaged pixels.
[[nodiscard]] Result<TrainingData> load_training_data(const DataOptions& options, at::Device device);
[[nodiscard]] TrainingData make_training_data(const ImageSet& set, const DataSplit& split, at::Device device);

struct Augmentation {
  std::int64_t crop_padding = 0;  // pixels of zeros a side, then a random crop to the old size
  bool flip = false;              // mirrored left to right with probability 1/2
};

/// These training images, augmented by draws from `rng` (the same number for each image).
[[nodiscard]] Batch training_batch(const TrainingData& data, std::span<const std::int64_t> images,
                                   const Augmentation& augmentation, Rng& rng);

/// Validation images [first, first + count), as they are.
[[nodiscard]] Batch validation_batch(const TrainingData& data, std::int64_t first, std::int64_t count);

}  // namespace nas
