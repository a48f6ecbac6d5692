#include "trainer/recompute.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/Generator.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/engine.h>
#include <torch/csrc/autograd/saved_variable_hooks.h>

#include <memory>
#include <mutex>
#include <utility>

#include "nas/check.h"

namespace nas {
namespace {

using torch::autograd::Engine;
using torch::autograd::SavedVariableHooks;
using HookPtr = std::unique_ptr<SavedVariableHooks>;

/// What autograd uses in this thread for each tensor that it is about to keep; empty: keeps it.
thread_local const std::function<HookPtr()>* make_hook = nullptr;

class HookGuard {
 public:
  explicit HookGuard(const std::function<HookPtr()>& make) : before_(std::exchange(make_hook, &make)) {}
  ~HookGuard() { make_hook = before_; }
  HookGuard(const HookGuard&) = delete;
  HookGuard& operator=(const HookGuard&) = delete;

 private:
  const std::function<HookPtr()>* before_;
};

/// Torch asks its engine for hooks, and its own engine knows those of Python only.
class HookingEngine final : public Engine {
 public:
  HookPtr get_default_saved_variable_hooks() override { return make_hook == nullptr ? nullptr : (*make_hook)(); }

  static Engine& instance() {
    static HookingEngine engine;
    return engine;
  }
};

void install_engine() {
  static std::once_flag once;
  std::call_once(once, [] { torch::autograd::set_default_engine_stub(&HookingEngine::instance); });
}

at::Tensor random_state(at::Device device) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard lock(generator.mutex());
  return generator.get_state();
}

/// Random numbers go on from `state`, and afterwards from where they were.
class RandomStateGuard {
 public:
  RandomStateGuard(at::Device device, const at::Tensor& state) : device_(device) {
    if (!state.defined()) return;
    before_ = random_state(device);
    set(state);
  }
  ~RandomStateGuard() {
    if (before_.defined()) set(before_);
  }
  RandomStateGuard(const RandomStateGuard&) = delete;
  RandomStateGuard& operator=(const RandomStateGuard&) = delete;

 private:
  void set(const at::Tensor& state) const {
    at::Generator generator = at::globalContext().defaultGenerator(device_);
    const std::lock_guard lock(generator.mutex());
    generator.set_state(state);
  }

  at::Device device_;
  at::Tensor before_;
};

/// Whether operations of a device run in a lower precision, and in which.
struct AutocastState {
  bool enabled;
  at::ScalarType type;
};

AutocastState autocast_state(c10::DeviceType device) {
  return {at::autocast::is_autocast_enabled(device), at::autocast::get_autocast_dtype(device)};
}

class AutocastGuard {
 public:
  AutocastGuard(c10::DeviceType device, AutocastState state) : device_(device), before_(autocast_state(device)) {
    set(state);
    at::autocast::increment_nesting();
  }
  ~AutocastGuard() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    set(before_);
  }
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  void set(AutocastState state) const {
    at::autocast::set_autocast_enabled(device_, state.enabled);
    at::autocast::set_autocast_dtype(device_, state.type);
  }

  c10::DeviceType device_;
  AutocastState before_;
};

/// One segment from its first run to the end of its backward pass. Owned by the tensors left out.
class Frame {
 public:
  Frame(SegmentFunction segment, const std::vector<at::Tensor>& inputs, Draws draws)
      : segment_(std::move(segment)), device_(inputs.at(0).device()), autocast_(autocast_state(device_.type())) {
    for (const at::Tensor& input : inputs) {
      inputs_.push_back(input.detach().requires_grad_(input.requires_grad()));
    }
    if (draws == Draws::RandomNumbers) random_state_ = random_state(device_);
  }

  /// Of the first run, in the order in which autograd meets them; the second meets them in the same.
  std::size_t leave_out() { return left_out_++; }

  at::Tensor tensor(std::size_t place) {
    if (kept_.empty()) run_again();
    return kept_.at(place);
  }

  void let_go(std::size_t place) {
    if (place < kept_.size()) kept_[place].reset();
  }

  const SegmentFunction& segment() const { return segment_; }

 private:
  /// Of the second run, whose own graph is never run backward.
  class KeptTensor final : public SavedVariableHooks {
   public:
    explicit KeptTensor(std::vector<at::Tensor>& into) : into_(into) {}
    void call_pack_hook(const at::Tensor& tensor) override { into_.push_back(tensor.detach()); }
    at::Tensor call_unpack_hook() override { NAS_CHECK(false, "the second run's graph is not used"); }

   private:
    std::vector<at::Tensor>& into_;
  };

  void run_again() {
    const at::AutoGradMode with_graph(true);
    const AutocastGuard autocast(device_.type(), autocast_);
    const RandomStateGuard random(device_, random_state_);
    const std::function<HookPtr()> keep = [this] { return std::make_unique<KeptTensor>(kept_); };
    const HookGuard hooks(keep);
    kept_.reserve(left_out_);
    (void)segment_(inputs_, Run::Again, [this] { return kept_.size() == left_out_; });
    NAS_CHECK(kept_.size() == left_out_, "the second run of a segment keeps other tensors than the first");
    inputs_.clear();  // what is needed of them is kept now
  }

  SegmentFunction segment_;
  at::Device device_;
  AutocastState autocast_;
  std::vector<at::Tensor> inputs_;  // outside of the graph
  at::Tensor random_state_;         // before the first run, if it draws
  std::vector<at::Tensor> kept_;    // of the second run, by place
  std::size_t left_out_ = 0;
};

/// In place of a tensor that autograd would keep.
class LeftOutTensor final : public SavedVariableHooks {
 public:
  explicit LeftOutTensor(std::shared_ptr<Frame> frame) : frame_(std::move(frame)), place_(frame_->leave_out()) {}
  ~LeftOutTensor() override { frame_->let_go(place_); }
  LeftOutTensor(const LeftOutTensor&) = delete;
  LeftOutTensor& operator=(const LeftOutTensor&) = delete;

  void call_pack_hook(const at::Tensor&) override {}
  at::Tensor call_unpack_hook() override { return frame_->tensor(place_); }

 private:
  std::shared_ptr<Frame> frame_;
  std::size_t place_;
};

}  // namespace

std::vector<at::Tensor> run_recomputed(SegmentFunction segment, const std::vector<at::Tensor>& inputs, Draws draws) {
  constexpr auto kNeverComplete = [] { return false; };
  if (!at::GradMode::is_enabled()) return segment(inputs, Run::First, kNeverComplete);
  install_engine();
  const auto frame = std::make_shared<Frame>(std::move(segment), inputs, draws);
  const std::function<HookPtr()> leave_out = [&frame] { return std::make_unique<LeftOutTensor>(frame); };
  const HookGuard hooks(leave_out);
  return frame->segment()(inputs, Run::First, kNeverComplete);
}

}  // namespace nas
