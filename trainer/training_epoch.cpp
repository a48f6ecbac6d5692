#include "trainer/training_epoch.h"

#include <ATen/Context.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "nas/rng.h"
#include "trainer/batch_reader.h"

namespace nas {
namespace {

/// Reading a number back makes a GPU wait: seldom there.
constexpr std::int64_t kStepsBetweenLooks = 50;

/// Each epoch shuffles the order of the data, not the last epoch's.
std::vector<std::int64_t> shuffled_order(const TrainingData& data, const TrainingOptions& options, std::uint64_t seed,
                                         std::int32_t epoch, const ProcessPlace& place) {
  std::vector<std::int64_t> order(data.train.records.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Rng(seed, static_cast<std::uint64_t>(epoch), Stream::Shuffle).shuffle(std::span(order));
  const auto most = static_cast<std::size_t>(steps_an_epoch(data, options, place) * options.batch_size);
  if (order.size() > most) order.resize(most);
  return order;
}

/// Sums of losses on the device.
struct LossSums {
  explicit LossSums(at::Device device)
      : all(at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(device))), last(at::zeros_like(all)) {}
  at::Tensor all;
  at::Tensor last;  // of the last quarter of the steps
  std::int64_t records = 0;
  std::int64_t last_records = 0;

  void add(const at::Tensor& loss, std::int64_t batch, bool is_last) {
    all.add_(loss, static_cast<double>(batch));
    records += batch;
    if (!is_last) return;
    last.add_(loss, static_cast<double>(batch));
    last_records += batch;
  }
  bool is_finite() const { return std::isfinite(all.item<double>()); }
};

}  // namespace

std::int64_t steps_an_epoch(const TrainingData& data, const TrainingOptions& options, const ProcessPlace& place) {
  return steps_an_epoch(data.train.size(), options, place.size);
}

EpochLosses train_epoch(TrainingStep& step, const TrainingData& data, const TrainingOptions& options,
                        std::uint64_t seed, std::int32_t epoch, std::int64_t first_step, const ProcessPlace& place) {
  // Dropout draws from torch's generator.
  at::manual_seed(Rng(seed, static_cast<std::uint64_t>(epoch), Stream::Dropout).next());
  Rng augmentation_rng(seed, static_cast<std::uint64_t>(epoch), Stream::Augmentation);
  BatchReader reader(data, data.train, shuffled_order(data, options, seed, epoch, place), options.batch_size, place);
  LossSums sums(data.device);
  EpochLosses losses;
  const auto steps = static_cast<std::int64_t>(reader.batches());
  while (losses.steps < steps) {
    const Batch batch = training_batch(data, reader.next(), options.augmentation, augmentation_rng);
    const at::Tensor loss = step.run(batch, first_step + losses.steps);
    sums.add(loss, batch.records.whole, losses.steps >= steps * 3 / 4);
    const bool look = data.device.is_cpu() || losses.steps % kStepsBetweenLooks == 0;
    ++losses.steps;
    if (look && !sums.is_finite()) break;
  }
  losses.records = sums.records;
  losses.mean = sums.all.item<double>() / static_cast<double>(sums.records);
  losses.last_mean = sums.last_records > 0 ? sums.last.item<double>() / static_cast<double>(sums.last_records) : 0;
  return losses;
}

bool is_hopeless(const EpochLosses& losses, double first_loss, std::int64_t steps_done) {
  return steps_done >= kFirstJudgedStep && losses.last_mean > kHopeless * first_loss;
}

}  // namespace nas
