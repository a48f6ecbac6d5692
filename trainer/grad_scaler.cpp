#include "trainer/grad_scaler.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale.h>
#include <ATen/ops/_amp_update_scale.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

namespace nas {
namespace {

// torch.amp.GradScaler's defaults.
constexpr double kFirstScale = 65536;
constexpr double kGrowth = 2;
constexpr double kBackoff = 0.5;
constexpr std::int64_t kGrowthInterval = 2000;

}  // namespace

GradScaler::GradScaler(at::Device device) {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  scale_ = at::full({}, kFirstScale, options);
  good_steps_ = at::zeros({}, options.dtype(at::kInt));
  overflow_ = at::zeros({}, options);
}

at::Tensor GradScaler::scaled(const at::Tensor& loss) const { return loss.mul(scale_); }

at::Tensor GradScaler::unscale(at::TensorList gradients) {
  const at::NoGradGuard no_grad;
  overflow_.zero_();
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, overflow_, scale_.reciprocal());
  return overflow_;
}

void GradScaler::update() {
  const at::NoGradGuard no_grad;
  at::_amp_update_scale_(scale_, good_steps_, overflow_, kGrowth, kBackoff, kGrowthInterval);
}

double GradScaler::scale() const { return scale_.item<double>(); }

std::vector<NamedTensor> GradScaler::state() const {
  return {{"scaler.scale", scale_}, {"scaler.good_steps", good_steps_}};
}

}  // namespace nas
