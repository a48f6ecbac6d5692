// Activation checkpointing: runs a part of a network so that autograd keeps nothing of it, and runs
// it a second time when the backward pass first asks for what would have been kept.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace nas {

enum class Run : std::uint8_t { First, Again };

/// (values it reads, which run this is, whether all that backward needs is there) -> values that others
/// read. Both runs must do the same to the bit, given the same random numbers; the second may end as
/// soon as the last argument says so, and its result is not looked at. It writes over none of its
/// inputs, and changes nothing outside in the second run (running statistics).
using SegmentFunction = std::function<std::vector<at::Tensor>(const std::vector<at::Tensor>& inputs, Run run,
                                                              const std::function<bool()>& complete)>;

/// Whether a segment draws random numbers: the second run then draws the same.
enum class Draws : bool { Nothing, RandomNumbers };

/// The first run. The graph of autograd is that of a plain run, so gradients are the same to the bit,
/// in whichever order segments share values; only what its nodes would hold is left out. Precision
/// (autocast) is the same in both runs. Without gradients it is a plain run. Any thread may run
/// backward; one at a time.
[[nodiscard]] std::vector<at::Tensor> run_recomputed(SegmentFunction segment, const std::vector<at::Tensor>& inputs,
                                                     Draws draws);

}  // namespace nas
