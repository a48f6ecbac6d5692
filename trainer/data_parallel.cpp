#include "trainer/data_parallel.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstring>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>
#include <unordered_map>
#include <utility>

#include "nas/check.h"
#include "trainer/device.h"

namespace nas {

struct DataParallel::Group {
  c10::intrusive_ptr<c10d::ProcessGroup> processes;
  std::unique_ptr<c10d::Reducer> reducer;
};

namespace {

c10::intrusive_ptr<c10d::ProcessGroup> connect(const ParallelPlan& plan, at::Device device) {
  const auto patience = std::chrono::milliseconds(static_cast<std::int64_t>(plan.patience * 1000));
  auto store = c10::make_intrusive<c10d::FileStore>(plan.store.string(), plan.place.size);
  store->setTimeout(patience);
  auto options = c10d::ProcessGroupGloo::Options::create(patience);
  options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(plan.interface));
  auto gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(store, plan.place.rank, plan.place.size, options);
  auto group = c10::make_intrusive<c10d::ProcessGroup>(store, plan.place.rank, plan.place.size);
  group->setBackend(c10::DeviceType::CPU, c10d::ProcessGroup::BackendType::GLOO, gloo);
  if (device.is_cuda()) use_nccl_on(device, *group, *store);
  group->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
  return group;
}

c10::intrusive_ptr<c10d::ProcessGroup> connect_or_say(const ParallelPlan& plan, at::Device device) {
  try {
    return connect(plan, device);
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    throw Exception(fmt::format(
        "parallel: process {} of {} does not reach the others through {} and the interface {}: {}", plan.place.rank,
        plan.place.size, plan.store.string(), plan.interface, text.substr(0, text.find('\n'))));
  }
}

/// Forward: the sum of all processes' tensors. Backward: each incoming gradient is equal and the
/// reducer divides by the number of processes.
struct SharedSum : torch::autograd::Function<SharedSum> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& tensor,
                            std::int64_t parallel) {
    const auto* const group = reinterpret_cast<const DataParallel*>(parallel);
    context->saved_data["size"] = static_cast<std::int64_t>(group->place().size);
    at::Tensor sum = tensor.detach().clone();
    group->sum(sum);
    return sum;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    return {gradients[0] * context->saved_data["size"].toInt(), at::Tensor()};
  }
};

}  // namespace

DataParallel::DataParallel(const ParallelPlan& plan, at::Device device)
    : place_(plan.place),
      sync_batch_norm_(plan.sync_batch_norm),
      group_(std::make_unique<Group>(Group{connect_or_say(plan, device), {}})) {}

DataParallel::~DataParallel() = default;

void DataParallel::sum(at::Tensor& tensor) const {
  std::vector<at::Tensor> tensors = {tensor};
  group_->processes->allreduce(tensors)->wait();
}

void DataParallel::copy_from_first(at::Tensor& tensor) const {
  std::vector<at::Tensor> tensors = {tensor};
  group_->processes->broadcast(tensors)->wait();
}

std::string DataParallel::text_from_first(const std::string& text) const {
  at::Tensor length = at::empty({1}, at::kLong);
  *length.mutable_data_ptr<std::int64_t>() = static_cast<std::int64_t>(text.size());
  copy_from_first(length);
  at::Tensor bytes = at::empty({*length.const_data_ptr<std::int64_t>()}, at::kByte);
  if (is_first()) std::memcpy(bytes.mutable_data_ptr<std::uint8_t>(), text.data(), text.size());
  if (bytes.numel() > 0) copy_from_first(bytes);
  const auto* const data = reinterpret_cast<const char*>(bytes.const_data_ptr<std::uint8_t>());
  return {data, static_cast<std::size_t>(bytes.numel())};
}

void DataParallel::average_gradients(const std::vector<at::Tensor>& parameters) {
  const std::vector<bool> sparse(parameters.size(), false);
  auto [buckets, limits] = c10d::compute_bucket_assignment_by_size(
      parameters, {c10d::kDefaultFirstBucketBytes, c10d::kDefaultBucketBytesCap}, sparse);
  group_->reducer = std::make_unique<c10d::Reducer>(
      parameters, std::vector<std::vector<std::size_t>>(buckets.rbegin(), buckets.rend()), group_->processes, sparse,
      c10d::kDefaultBucketBytesCap, /*find_unused_parameters=*/false, /*gradient_as_bucket_view=*/false,
      std::unordered_map<std::size_t, std::string>{}, c10d::kDefaultFirstBucketBytes,
      /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false, std::vector<std::int64_t>{});
}

void DataParallel::begin_forward() { group_->reducer->prepare_for_forward(); }

void DataParallel::begin_backward(const std::vector<at::Tensor>& outputs) {
  group_->reducer->prepare_for_backward(outputs);
}

at::Tensor shared_sum(const DataParallel& parallel, const at::Tensor& tensor) {
  return SharedSum::apply(tensor, reinterpret_cast<std::int64_t>(&parallel));
}

at::Tensor shared_mean(const DataParallel* parallel, const at::Tensor& mean,
                       const std::function<at::Tensor()>& weight) {
  if (parallel == nullptr) return mean;
  at::Tensor mine = weight().to(mean.scalar_type());
  at::Tensor all = mine.clone();
  parallel->sum(all);
  return shared_sum(*parallel, mean * mine) / all;
}

at::Tensor mean_of_records(const DataParallel* parallel, const at::Tensor& mean, const at::Tensor& targets) {
  return shared_mean(parallel, mean, [&] { return at::full({}, targets.size(0), mean.options()); });
}

}  // namespace nas
