#include "trainer/final_evaluation.h"

#include <string>
#include <vector>

#include "nas/durable_file.h"
#include "nas/export/safetensors.h"
#include "trainer/data/data_format.h"
#include "trainer/tensor_entries.h"
#include "trainer/validation.h"

namespace nas {

Result<TrainingData> load_test_data(const DataOptions& options, const TrainingData& training) {
  const auto of_test = with_test_part(options);
  if (!of_test) return of_test.error();
  const auto set = open_data(*of_test);
  if (!set) return set.error();
  const auto parts = describe_parts(*of_test, set->facts);
  if (!parts) return parts.error();
  DataSplit split = split_set(set->facts, *parts, static_cast<std::uint64_t>(options.split_seed));
  split.train.resize(1);  // nothing is taken from it
  auto test = make_training_data(*set, *of_test, *parts, split, training.device);
  if (!test) return test;
  test->inputs = training.inputs;
  test->targets = training.targets;
  test->target_range = training.target_range;
  return test;
}

Result<Unit> write_weights(std::span<const NamedTensor> tensors, const std::filesystem::path& file) {
  return write_durably(file, safetensors_head(tensor_entries(tensors), {}) + tensor_bytes(tensors));
}

Metrics test_metrics(const TorchNetwork& network, const Network& graph, const TrainingData& test,
                     const TrainingOptions& training) {
  const std::vector<std::string> suffixes = metric_suffixes(graph);
  Metrics metrics;
  const std::vector<Metrics> outputs = evaluate_part(network, test, test.validation, training);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const auto& [name, value] : outputs[i]) metrics["test_" + name + suffixes[i]] = value;
  }
  return metrics;
}

}  // namespace nas
