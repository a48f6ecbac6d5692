#include "trainer/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sqrt.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros.h>

#include "nas/check.h"

namespace nas {

namespace {

using Tensors = std::vector<at::Tensor>;

Tensors filled_like(const Tensors& parameters, double value) {
  Tensors filled;
  for (const at::Tensor& parameter : parameters) filled.push_back(at::full_like(parameter.detach(), value));
  return filled;
}

void append(const std::string& kind, const ParameterGroup& group, const Tensors& tensors,
            std::vector<NamedTensor>& all) {
  for (std::size_t i = 0; i < tensors.size(); ++i) all.push_back({kind + "." + group.names[i], tensors[i]});
}

class Sgd final : public Optimizer {
 public:
  Sgd(std::vector<ParameterGroup> groups, const TrainingOptions& options)
      : groups_(std::move(groups)), options_(options) {
    for (const ParameterGroup& group : groups_) {
      momentum_.push_back(options_.momentum > 0 ? filled_like(group.parameters, 0) : Tensors{});
    }
  }

  void step(double learning_rate, const std::optional<at::Tensor>& overflow) override {
    const at::NoGradGuard no_grad;
    // Nesterov's form without momentum is the plain step; torch refuses the combination.
    const bool nesterov = options_.nesterov && options_.momentum > 0;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      // Momentum that begins with 0 makes the first step as the others.
      at::_fused_sgd_(groups_[i].parameters, groups_[i].gradients(), momentum_[i], groups_[i].weight_decay,
                      options_.momentum, learning_rate, /*dampening=*/0, nesterov, /*maximize=*/false,
                      /*is_first_step=*/false, {}, overflow);
    }
  }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> all;
    for (std::size_t i = 0; i < groups_.size(); ++i) append("momentum", groups_[i], momentum_[i], all);
    return all;
  }

 private:
  std::vector<ParameterGroup> groups_;
  std::vector<Tensors> momentum_;  // by group; empty without momentum
  TrainingOptions options_;
};

class AdamW final : public Optimizer {
 public:
  AdamW(std::vector<ParameterGroup> groups, const TrainingOptions& options)
      : groups_(std::move(groups)), options_(options) {
    for (const ParameterGroup& group : groups_) {
      means_.push_back(filled_like(group.parameters, 0));
      squares_.push_back(filled_like(group.parameters, 0));
    }
    const at::Device device = groups_.front().parameters.front().device();
    steps_ = at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(device));
  }

  void step(double learning_rate, const std::optional<at::Tensor>& overflow) override {
    const at::NoGradGuard no_grad;
    steps_.add_(1);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const Tensors steps(groups_[i].parameters.size(), steps_);
      at::_fused_adamw_(groups_[i].parameters, groups_[i].gradients(), means_[i], squares_[i], {}, steps, learning_rate,
                        options_.beta1, options_.beta2, groups_[i].weight_decay, options_.epsilon, /*amsgrad=*/false,
                        /*maximize=*/false, {}, overflow);
    }
    if (overflow) steps_.sub_(*overflow);
  }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> all = {{"adamw.steps", steps_}};
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      append("mean", groups_[i], means_[i], all);
      append("square", groups_[i], squares_[i], all);
    }
    return all;
  }

 private:
  std::vector<ParameterGroup> groups_;
  std::vector<Tensors> means_;    // of gradients, by group
  std::vector<Tensors> squares_;  // means of squared gradients, by group
  at::Tensor steps_;              // 0-dim float32 on the device, as torch wants it: exact up to 2^24
  TrainingOptions options_;
};

class RmsProp final : public Optimizer {
 public:
  RmsProp(std::vector<ParameterGroup> groups, const TrainingOptions& options)
      : groups_(std::move(groups)), options_(options), tensorflow_(options.rms_form == "tensorflow") {
    for (const ParameterGroup& group : groups_) {
      squares_.push_back(filled_like(group.parameters, tensorflow_ ? 1 : 0));
      momentum_.push_back(options_.momentum > 0 ? filled_like(group.parameters, 0) : Tensors{});
    }
  }

  void step(double learning_rate, const std::optional<at::Tensor>& overflow) override {
    const at::NoGradGuard no_grad;
    // No fused form can skip a step on the device itself; torch's own scaler waits here too.
    if (overflow && overflow->item<float>() != 0) return;
    for (std::size_t i = 0; i < groups_.size(); ++i) update(i, learning_rate);
  }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> all;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      append("square", groups_[i], squares_[i], all);
      append("momentum", groups_[i], momentum_[i], all);
    }
    return all;
  }

 private:
  void update(std::size_t i, double learning_rate) {
    const ParameterGroup& group = groups_[i];
    const Tensors gradients = group.gradients();
    if (group.weight_decay > 0) at::_foreach_add_(gradients, group.parameters, group.weight_decay);
    at::_foreach_mul_(squares_[i], options_.rms_decay);
    at::_foreach_addcmul_(squares_[i], gradients, gradients, 1 - options_.rms_decay);
    const Tensors roots = divisors(squares_[i]);
    if (momentum_[i].empty()) {
      at::_foreach_addcdiv_(group.parameters, gradients, roots, -learning_rate);
      return;
    }
    at::_foreach_mul_(momentum_[i], options_.momentum);
    at::_foreach_addcdiv_(momentum_[i], gradients, roots, tensorflow_ ? learning_rate : 1);
    at::_foreach_add_(group.parameters, momentum_[i], tensorflow_ ? -1 : -learning_rate);
  }

  Tensors divisors(const Tensors& squares) const {
    if (tensorflow_) {
      Tensors roots = at::_foreach_add(squares, options_.epsilon);
      at::_foreach_sqrt_(roots);
      return roots;
    }
    Tensors roots = at::_foreach_sqrt(squares);
    at::_foreach_add_(roots, options_.epsilon);
    return roots;
  }

  std::vector<ParameterGroup> groups_;
  std::vector<Tensors> squares_;   // means of squared gradients, by group
  std::vector<Tensors> momentum_;  // by group; empty without momentum
  TrainingOptions options_;
  bool tensorflow_;
};

}  // namespace

std::vector<at::Tensor> ParameterGroup::gradients() const {
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters.size());
  for (const at::Tensor& parameter : parameters) {
    NAS_CHECK(parameter.grad().defined(), "the output depends on every parameter of the plan");
    gradients.push_back(parameter.grad());
  }
  return gradients;
}

std::vector<ParameterGroup> parameter_groups(std::span<const NamedTensor> parameters, const TrainingOptions& options) {
  ParameterGroup decayed{.weight_decay = options.weight_decay};
  ParameterGroup others;
  const bool split = options.weight_decay > 0 && !options.decay_all;
  for (const NamedTensor& parameter : parameters) {
    ParameterGroup& group = split && parameter.tensor.dim() <= 1 ? others : decayed;
    group.names.push_back(parameter.name);
    group.parameters.push_back(parameter.tensor);
  }
  std::vector<ParameterGroup> groups;
  for (ParameterGroup* const group : {&decayed, &others}) {
    if (!group->names.empty()) groups.push_back(std::move(*group));
  }
  return groups;
}

std::unique_ptr<Optimizer> make_optimizer(std::span<const NamedTensor> parameters, const TrainingOptions& options) {
  std::vector<ParameterGroup> groups = parameter_groups(parameters, options);
  NAS_CHECK(!groups.empty(), "check_trainable wants something to learn");
  if (options.optimizer == "adamw") return std::make_unique<AdamW>(std::move(groups), options);
  if (options.optimizer == "rmsprop") return std::make_unique<RmsProp>(std::move(groups), options);
  return std::make_unique<Sgd>(std::move(groups), options);
}

}  // namespace nas
