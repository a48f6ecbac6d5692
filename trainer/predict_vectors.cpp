#include "trainer/predict_vectors.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>

#include "nas/check.h"

namespace nas {
namespace {

at::Tensor read_records(const PredictSource& source, std::int64_t first, std::int64_t count, bool may_be_missing) {
  const Shape& shape = source.shape();
  std::vector<std::int64_t> sizes = {count, shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  at::Tensor stored = at::empty(sizes, at::kFloat);
  const auto elements = static_cast<std::size_t>(shape.elements());
  std::span<float> rest(stored.mutable_data_ptr<float>(), elements * static_cast<std::size_t>(count));
  const std::array<std::int64_t, Shape::kMaxDims> origin{};
  for (std::int64_t i = 0; i < count; ++i) {
    const auto read = read_box(source, first + i, origin, shape, may_be_missing, rest.first(elements));
    if (!read) throw Exception(read.error().message);
    rest = rest.subspan(elements);
  }
  return stored;
}

void append(const at::Tensor& numbers, std::vector<float>& into) {
  if (!numbers.defined()) return;
  const at::Tensor flat = numbers.to(at::kCPU, at::kFloat).contiguous();
  const float* const first = flat.const_data_ptr<float>();
  into.insert(into.end(), first, first + flat.numel());
}

}  // namespace

void predict_vectors(const LoadedGraph& graph, const Estimator& estimator, const PredictSource& source,
                     const VectorOptions& options, VectorAnswers& answers) {
  const at::NoGradGuard no_grad;
  for (std::int64_t first = 0; first < source.records(); first += options.batch) {
    const std::int64_t count = std::min(options.batch, source.records() - first);
    const at::Tensor input = estimator.ready_input(read_records(source, first, count, options.may_be_missing));
    Estimate estimate;
    if (options.confidence) {
      const StoppedOutputs stopped = graph.network.forward_until_sure(input, *options.confidence);
      estimate.values = estimator.meaning(stopped.scores);
      for (const std::int64_t place : stopped.places) answers.places.push_back(static_cast<std::uint8_t>(place));
    } else {
      estimate = estimator.estimate(graph.network, input, options.passes);
    }
    answers.outputs = estimate.values.size(1);
    append(estimate.values, answers.values);
    append(estimate.entropy, answers.entropy);
    append(estimate.mutual_information, answers.mutual_information);
    append(estimate.deviation, answers.deviation);
  }
}

}  // namespace nas
