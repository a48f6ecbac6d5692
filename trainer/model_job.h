// A network by itself, without data: its weights as a file, and what it computes on random input.
// What `nas export` asks of `nas-trainer --model`.
#pragma once

#include <iosfwd>

namespace nas {

/// Reads one JSON object to the end of `input`:
///   "network"     the graph (docs/formats.md)
///   "seed"        of the initial weights, and of everything random
///   "names"       {name of a tensor in the trainer: its name in files}; those left out keep theirs
///   "read"        a safetensors file whose tensors take the place of the initial weights
///   "statistics"  "random": running means and variances off their defaults, as training leaves them
///   "write"       file: the weights and running statistics
///   "evaluate"    file: `input` of `batch` examples, normal, and in evaluation mode `output` and
///                 `exit.NAME` of each exit that is not auxiliary
///   "precision"   "float64": that evaluation in doubles
/// Paths are absolute. On the CPU, in float32 but for that. Returns the exit code: 0, or 1 with one line in
/// `errors`.
[[nodiscard]] int run_model_job(std::istream& input, std::ostream& errors);

}  // namespace nas
