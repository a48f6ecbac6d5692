// One network trained by several processes, each on its share of every batch. torch's c10d underneath: Gloo on CPUs,
// NCCL on GPUs, its reducer averages gradients while the backward pass goes on (Li et al. 2020, PyTorch Distributed).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "trainer/batch_share.h"

namespace nas {

/// Of one job, in one of its processes.
struct ParallelPlan {
  ProcessPlace place;            // size 1: there are no others
  std::filesystem::path store;   // a file that all of them see and nobody else uses: where they find each other
  std::string interface = "lo";  // the network interface that Gloo listens on
  double patience = 300;         // seconds to wait for the others, at any time
  bool sync_batch_norm = true;   // over the whole batch, not over each process's share
};

/// Every process must call the same operations in the same order. What a process that is gone or late leaves undone is
/// thrown as c10::Error within `patience`. Used from one thread.
class DataParallel {
 public:
  /// Waits for the others. Throws nas::Exception where they do not come.
  DataParallel(const ParallelPlan& plan, at::Device device);
  ~DataParallel();
  DataParallel(const DataParallel&) = delete;
  DataParallel& operator=(const DataParallel&) = delete;

  [[nodiscard]] const ProcessPlace& place() const { return place_; }
  [[nodiscard]] bool is_first() const { return place_.rank == 0; }
  [[nodiscard]] bool synchronises_batch_norm() const { return sync_batch_norm_; }

  /// In place, over all processes. Not seen by autograd.
  void sum(at::Tensor& tensor) const;
  /// What the first process has.
  void copy_from_first(at::Tensor& tensor) const;
  [[nodiscard]] std::string text_from_first(const std::string& text) const;

  /// From now on each backward pass between the two calls leaves the processes' mean gradients.
  void average_gradients(const std::vector<at::Tensor>& parameters);
  void begin_forward();
  void begin_backward(const std::vector<at::Tensor>& outputs);

 private:
  struct Group;
  ProcessPlace place_;
  bool sync_batch_norm_;
  std::unique_ptr<Group> group_;
};

/// The sum over all processes, which each of them then computes the same loss from: its gradient is that of the mean of
/// these equal losses.
[[nodiscard]] at::Tensor shared_sum(const DataParallel& parallel, const at::Tensor& tensor);

/// The mean of what all processes have, `weight` (0-dim) saying how much this one's counts; `mean` itself where there
/// are no others (null).
[[nodiscard]] at::Tensor shared_mean(const DataParallel* parallel, const at::Tensor& mean,
                                     const std::function<at::Tensor()>& weight);

/// The same of a mean over records, those of `targets`.
[[nodiscard]] at::Tensor mean_of_records(const DataParallel* parallel, const at::Tensor& mean,
                                         const at::Tensor& targets);

}  // namespace nas
