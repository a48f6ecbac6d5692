#include "trainer/validation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "trainer/batch_reader.h"
#include "trainer/precision.h"
#include "trainer/tasks/task_functions.h"

namespace nas {

namespace {

/// Of one output of the network.
struct OutputScore {
  std::unique_ptr<Scorer> scorer;
  at::Tensor loss;  // float64 sum over the records
};

}  // namespace

std::vector<Metrics> evaluate_part(const TorchNetwork& network, const TrainingData& data, const DataPart& part,
                                   const TrainingOptions& options) {
  const at::NoGradGuard no_grad;
  const Precision precision = choose_precision(options.precision, data.device);
  const LossFunction loss = make_loss(options, data, LossUse::Evaluation);
  std::vector<std::int64_t> order(part.records.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  BatchReader reader(data, part, std::move(order), options.batch_size);
  std::vector<OutputScore> scores;
  for (std::size_t b = 0; b < reader.batches(); ++b) {
    const Batch batch = evaluation_batch(data, reader.next());
    const auto records = static_cast<double>(batch.inputs.size(0));
    const std::vector<at::Tensor> outputs = forward_in(precision, network, batch.inputs, Mode::Evaluation);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (i == scores.size()) {
        scores.push_back({make_scorer(data), at::zeros({}, batch.inputs.options().dtype(at::kDouble))});
      }
      scores[i].loss.add_(loss(outputs[i], batch.targets), records);
      scores[i].scorer->add(outputs[i], batch.targets);
    }
  }
  std::vector<Metrics> all;
  for (const OutputScore& score : scores) {
    const double mean = score.loss.item<double>() / static_cast<double>(part.size());
    // A score that is not finite has no order to compute metrics from.
    all.push_back(std::isfinite(mean) ? score.scorer->metrics() : Metrics{});
    all.back()["loss"] = mean;
  }
  return all;
}

std::vector<std::string> metric_suffixes(const Network& network) {
  std::vector<std::string> suffixes = {""};
  for (const Exit& exit : network.exits) {
    if (!exit.auxiliary) suffixes.push_back("." + exit.name);
  }
  return suffixes;
}

std::string text_of_metrics(const std::vector<Metrics>& outputs) {
  const std::vector<std::uint8_t> bytes = nlohmann::json::to_cbor(outputs);
  return {bytes.begin(), bytes.end()};
}

std::vector<Metrics> metrics_from_text(const std::string& text) {
  return nlohmann::json::from_cbor(text).get<std::vector<Metrics>>();
}

}  // namespace nas
