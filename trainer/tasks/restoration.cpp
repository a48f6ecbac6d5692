// A clean signal from a corrupted one; its losses are those of regression.

#include <ATen/TensorOperators.h>

#include "trainer/tasks/squared_errors.h"
#include "trainer/tasks/structural_similarity.h"
#include "trainer/tasks/task_functions.h"

namespace nas {

namespace {

class RestorationScorer final : public Scorer {
 public:
  /// (normalised - offset) * unit are the stored values, as if their range were 1; both (channels, 1, ...).
  RestorationScorer(at::Tensor offset, at::Tensor unit) : offset_(std::move(offset)), unit_(std::move(unit)) {}

  void add(const at::Tensor& output, const at::Tensor& targets) override {
    const at::Tensor found = (output.detach().to(at::kDouble) - offset_) * unit_;
    const at::Tensor truth = (targets.to(at::kDouble) - offset_) * unit_;
    errors_.add(found.reshape({-1, 1}), truth.reshape({-1, 1}));
    const at::Tensor squared = (found - truth).square().flatten(1).mean(1).clamp_min(kLeastError);
    decibels_ += (squared.log10() * -10).sum().item<double>();
    has_positions_ = truth.dim() > 2;
    if (has_positions_) similarity_ += structural_similarity(found, truth, 1).sum().item<double>();
    records_ += static_cast<double>(truth.size(0));
  }

  Metrics metrics() const override {
    if (records_ == 0) return {};
    Metrics metrics = {{"l1", errors_.absolute()}, {"mse", errors_.squared()}, {"psnr", decibels_ / records_}};
    if (has_positions_) metrics["ssim"] = similarity_ / records_;
    if (const auto share = errors_.explained()) metrics["r2"] = *share;
    return metrics;
  }

 private:
  static constexpr double kLeastError = 1e-10;  // 100 decibels: a perfect record stays finite

  at::Tensor offset_;
  at::Tensor unit_;
  bool has_positions_ = false;
  SquaredErrors errors_;
  double decibels_ = 0;
  double similarity_ = 0;
  double records_ = 0;
};

}  // namespace

std::unique_ptr<Scorer> restoration_scorer(const TrainingData& data) {
  const at::Tensor unit = (data.targets.scale.to(at::kDouble) * data.target_range).reciprocal();
  return std::make_unique<RestorationScorer>(data.targets.offset.to(at::kDouble), unit);
}

}  // namespace nas
