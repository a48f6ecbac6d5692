// What happens to training records before they are seen. Everything random comes from a stream
// that the caller keys, so an epoch is a function of (seed, epoch).
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string_view>

#include "nas/rng.h"
#include "trainer/batch_share.h"
#include "trainer/data/data_set.h"
#include "trainer/training_options.h"

namespace nas {

/// A batch on its way.
struct AugmentedBatch {
  at::Tensor inputs;              // (batch, channels, sizes...): as stored before normalisation, float32 after it
  at::Tensor targets;             // (batch, ...); maps and images move with the inputs
  bool moving = false;            // targets have the inputs' positions
  double padding = 0;             // what targets hold beyond their edges
  double largest = 0;             // colours are kept in 0 to this; 0: as they come
  at::Tensor other_targets = {};  // mixup: of the records mixed in
  double share = 1;               // mixup: of the records themselves
  BatchShare records = {};        // which of their batch these are: what is random is drawn for all of it; empty: all
};

/// One augmentation by its option.
struct AugmentationRow {
  std::string_view option;
  bool normalised;  // works on normalised values
  bool (*is_on)(const AugmentationOptions& options, const Shape& input);
  void (*apply)(AugmentedBatch& batch, const AugmentationOptions& options, Rng& rng);
};

/// In the order in which they are applied; those on stored values come first.
[[nodiscard]] std::span<const AugmentationRow> augmentations();

enum class AugmentationStage { Stored, Normalised };
void augment(AugmentedBatch& batch, const AugmentationOptions& options, const Shape& input, AugmentationStage stage,
             Rng& rng);

/// Standard normal numbers like `like`, whose records are a share of a batch, float32 on its device, a function of the
/// stream's next number.
[[nodiscard]] at::Tensor normal_like(const at::Tensor& like, const BatchShare& records, Rng& rng);

}  // namespace nas
