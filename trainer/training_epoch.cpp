#include "trainer/training_epoch.h"

#include <ATen/Context.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
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
std::vector<std::int64_t> shuffled_order(const TrainingData& data, const TrainingOptions& options,
                                         const EpochRun& run) {
  std::vector<std::int64_t> order(data.train.records.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Rng(run.seed, static_cast<std::uint64_t>(run.epoch), Stream::Shuffle).shuffle(std::span(order));
  const auto most = static_cast<std::size_t>(steps_an_epoch(data, options, run.place) * options.batch_size);
  if (order.size() > most) order.resize(most);
  const auto done = static_cast<std::size_t>(run.from.steps * options.batch_size);
  order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(std::min(done, order.size())));
  return order;
}

/// Of a step, by its number in the training. 0 is what is drawn after it.
Rng step_rng(std::uint64_t seed, std::int64_t step, Stream stream) {
  return {seed, static_cast<std::uint64_t>(step) + 1, stream};
}

/// Sums of losses on the device.
class LossSums {
 public:
  LossSums(const EpochProgress& from, at::Device device)
      : counted_(from),
        all_(at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(device))),
        last_(at::zeros_like(all_)) {
    all_.fill_(from.loss_sum);
    last_.fill_(from.last_loss_sum);
  }

  void add(const at::Tensor& loss, std::int64_t batch, bool is_last) {
    ++counted_.steps;
    all_.add_(loss, static_cast<double>(batch));
    counted_.records += batch;
    if (!is_last) return;
    last_.add_(loss, static_cast<double>(batch));
    counted_.last_records += batch;
  }
  std::int64_t steps() const { return counted_.steps; }
  bool is_finite() const { return std::isfinite(all_.item<double>()); }

  /// Waits for the device.
  EpochProgress progress() const {
    EpochProgress now = counted_;
    now.loss_sum = all_.item<double>();
    now.last_loss_sum = last_.item<double>();
    return now;
  }

 private:
  EpochProgress counted_;  // its sums are in the tensors
  at::Tensor all_;
  at::Tensor last_;  // of the last quarter of the steps
};

EpochLosses losses_of(const EpochProgress& progress) {
  const auto mean = [](double sum, std::int64_t records) {
    return records > 0 ? sum / static_cast<double>(records) : 0;
  };
  return {.mean = mean(progress.loss_sum, progress.records),
          .last_mean = mean(progress.last_loss_sum, progress.last_records),
          .steps = progress.steps,
          .records = progress.records};
}

}  // namespace

std::int64_t steps_an_epoch(const TrainingData& data, const TrainingOptions& options, const ProcessPlace& place) {
  return steps_an_epoch(data.train.size(), options, place.size);
}

EpochLosses train_epoch(TrainingStep& step, const TrainingData& data, const TrainingOptions& options,
                        const EpochRun& run) {
  BatchReader reader(data, data.train, shuffled_order(data, options, run), options.batch_size, run.place);
  LossSums sums(run.from, data.device);
  const std::int64_t steps = run.from.steps + static_cast<std::int64_t>(reader.batches());
  while (sums.steps() < steps) {
    const std::int64_t number = run.first_step + sums.steps();
    // Dropout draws from torch's generator.
    at::manual_seed(step_rng(run.seed, number, Stream::Dropout).next());
    Rng augmentation_rng = step_rng(run.seed, number, Stream::Augmentation);
    const Batch batch = training_batch(data, reader.next(), options.augmentation, augmentation_rng);
    const at::Tensor loss = step.run(batch, number);
    const bool look = data.device.is_cpu() || sums.steps() % kStepsBetweenLooks == 0;
    sums.add(loss, batch.records.whole, sums.steps() >= steps * 3 / 4);
    if (look && !sums.is_finite()) break;
    if (!run.after_step || sums.steps() == steps) continue;
    const AfterStep next = run.after_step();
    if (next == AfterStep::GoOn) continue;
    run.keep(sums.progress());
    if (next == AfterStep::Keep) continue;
    EpochLosses left = losses_of(sums.progress());
    left.left = true;
    return left;
  }
  return losses_of(sums.progress());
}

bool is_hopeless(const EpochLosses& losses, double first_loss, std::int64_t steps_done) {
  return steps_done >= kFirstJudgedStep && losses.last_mean > kHopeless * first_loss;
}

}  // namespace nas
