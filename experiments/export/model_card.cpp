#include "experiments/export/model_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "trainer/energy_source.h"

namespace nas {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string table(const char* left, const char* right, const Rows& rows) {
  std::string text = fmt::format("| {} | {} |\n|---|---|\n", left, right);
  for (const auto& [name, value] : rows) text += fmt::format("| {} | {} |\n", name, value);
  return text + "\n";
}

/// 1234567 -> "1,234,567".
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string number_text(double value) {
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  const bool whole = value == std::floor(value) && std::fabs(value) < kExactIntegers;
  return whole ? grouped(static_cast<std::int64_t>(value)) : fmt::format("{:.6g}", value);
}

std::string cost_section(const ExportSubject& subject) {
  const Network& network = subject.built.network;
  const Cost cost = count_cost(network);
  Rows rows = {{"input (without the batch)", to_string(network.nodes[0].shape)},
               {"output", to_string(network.shape_of(network.output))},
               {"parameters", grouped(cost.params)},
               {"multiply-accumulates of one example", grouped(cost.macs)},
               {"layers with weights", grouped(cost.layers)},
               {"activations for one example, float32", grouped(count_memory(network, 1).inference_bytes) + " bytes"}};
  for (const Exit& exit : network.exits) {
    const char* const role = exit.auxiliary ? "auxiliary, training only" : "exit";
    rows.emplace_back(fmt::format("output `{}` ({})", exit.name, role), to_string(network.shape_of(exit.node)));
  }
  return "## Size and cost\n\nMultiply-accumulates are those of convolutions and linear layers; twice as many are "
         "operations (FLOPs).\n\n" +
         table("what", "how much", rows);
}

/// Of a network's validation and test.
struct Examples {
  std::int64_t validation = 0;
  std::int64_t test = 0;
};

/// An accuracy of n examples is known to within this much.
std::string uncertainty(const std::string& metric, double value, const Examples& examples) {
  const bool test = metric.starts_with("test_accuracy");
  const std::int64_t count = test ? examples.test : metric.starts_with("val_accuracy") ? examples.validation : 0;
  if (count < 1 || value < 0 || value > 1) return "";
  return fmt::format(" ± {:.4f} (standard error of {} {} examples, one training)",
                     std::sqrt(value * (1 - value) / static_cast<double>(count)), grouped(count),
                     test ? "test" : "validation");
}

Rows metric_rows(const Metrics& metrics, const Examples& examples) {
  Rows rows;
  for (const auto& [name, value] : metrics) {
    rows.emplace_back(fmt::format("`{}`", name), number_text(value) + uncertainty(name, value, examples));
  }
  return rows;
}

/// Where the figures of energy among `metrics` come from. `training`: the options that they were reported with.
std::string energy_text(const Metrics& metrics, const nlohmann::json& training) {
  const bool has_energy =
      std::ranges::any_of(metrics, [](const auto& metric) { return metric.first.find("energy") != std::string::npos; });
  if (!has_energy) return "Energy was not measured.\n\n";
  const std::string source = training.value("energy", "none");
  if (source == "none") return "";  // a program of the user's own knows
  return fmt::format("Energy is that of {}, in joules; `gross` has what the device draws when idle.\n\n",
                     describe_energy_source(source));
}

std::string trained_section(const TrainedRecipe& trained) {
  const std::string test =
      trained.test_examples > 0
          ? "`test_...` are of the test part, which nothing was chosen by and which was looked at once."
          : "There was no test part: these figures are of validation data.";
  return fmt::format("## Metrics\n\nOf a full training ({} epochs, seed {}). {}\n\n",
                     trained.training.value("epochs", 0), trained.seed, test) +
         table("metric", "value", metric_rows(trained.metrics, {trained.validation_examples, trained.test_examples})) +
         energy_text(trained.metrics, trained.training);
}

std::string metrics_section(const RunOrigin& origin) {
  const StoredTrial& trial = origin.trial;
  if (!trial.finished) return "## Metrics in the search\n\nIts training in the search is not over yet.\n\n";
  Rows rows = metric_rows(trial.finished->evaluation.metrics, {origin.validation_examples, 0});
  for (std::size_t i = 0; i < trial.finished->values.size() && i < origin.study.objectives.size(); ++i) {
    const StudyObjective& objective = origin.study.objectives[i];
    const char* const direction = objective.direction == Direction::Maximise ? "maximized" : "minimized";
    rows.emplace_back(fmt::format("objective `{}` ({})", objective.name, direction),
                      number_text(trial.finished->values[i]));
  }
  std::string text = fmt::format(
      "## Metrics in the search\n\nOf the search's own, short training ({} epochs), on validation data that the search "
      "chose "
      "candidates by: the best of many such figures is too good. Measure on test data before relying on them.\n\n",
      trial.asked.candidate.budget);
  text += table("metric", "value", rows);
  const nlohmann::json training = origin.config.value("training", nlohmann::json::object());
  return text + energy_text(trial.finished->evaluation.metrics, training);
}

std::string json_table(const nlohmann::json& object, const char* left, const char* right) {
  Rows rows;
  for (const auto& [key, value] : object.items()) {
    rows.emplace_back(fmt::format("`{}`", key), value.is_string() ? value.get<std::string>() : value.dump());
  }
  return table(left, right, rows);
}

std::string training_section(const ExportSubject& subject) {
  const nlohmann::json data = data_of(subject);
  if (data.empty()) return "";
  return "## Data and training recipe\n\n" + json_table(data, "data", "value") +
         json_table(training_of(subject), "training", "value");
}

std::string lineage_section(const RunOrigin& origin) {
  const Candidate& candidate = origin.trial.asked.candidate;
  std::string text = fmt::format("## Where it comes from\n\nCandidate {} of {} in the run `{}`{}, seed {}. By {}",
                                 number(candidate.id), origin.study.evaluations, origin.study.name,
                                 origin.on_front ? " (on its Pareto front)" : "", origin.study.seed, candidate.origin);
  for (const StoredTrial& ancestor : origin.ancestors) {
    text +=
        fmt::format(", from candidate {} ({})", number(ancestor.asked.candidate.id), ancestor.asked.candidate.origin);
  }
  return text + ".\n\n";
}

std::string files_section(const ModelCardFacts& facts) {
  Rows rows = {{"`model.py`", "PyTorch source: `Network`, a `torch.nn.Module` that needs torch alone"}};
  if (facts.has_weights) rows.emplace_back("`model.safetensors`", "weights by the names of its state dict");
  if (facts.has_onnx) rows.emplace_back("`model.onnx`", "the same for ONNX runtimes, opset 17, any batch");
  if (facts.has_preprocessing) {
    rows.emplace_back("`preprocessing.json`", "what training did to its data, and names of classes; for `nas predict`");
  }
  if (facts.has_train_script) rows.emplace_back("`train.py`", "trains `model.py`, also under torchrun");
  rows.emplace_back("`architecture.yaml`", "the network in its search space; `nas export --from` reads it");
  rows.emplace_back("`architecture.svg`", "a picture");
  rows.emplace_back("`requirements.txt`", "Python packages");
  return "## Files\n\n" + table("file", "is", rows);
}

std::string usage_section(const ModelCardFacts& facts) {
  std::string text = "## Use\n\n```python\n";
  text += facts.has_weights ? "from safetensors.torch import load_file\n\n" : "";
  text += "from model import Network\n\nmodel = Network()\n";
  // Counters of batches are of no use to inference and not among the weights.
  if (facts.has_weights) text += "model.load_state_dict(load_file(\"model.safetensors\"), strict=False)\n";
  text += "model.eval()\n```\n\n";
  if (facts.has_preprocessing) {
    text +=
        "It takes each channel of its input as stored value * scale + offset, the `inputs` of preprocessing.json.\n"
        "`nas predict` runs it on files and does that by itself.\n\n";
  }
  return text + "`torch.export.export(model, (x,))` makes a `.pt2` file of it.\n\n";
}

std::string verified_text(const ModelCardFacts& facts) {
  if (!facts.verified)
    return "Nobody has compared these files with the program that trains: export again with --verify.\n";
  const VerifyResult& result = *facts.verified;
  std::string text = fmt::format(
      "Compared with the program that trains, in {} and evaluation mode, on random input: model.py (torch {}) "
      "differs by {:.1e} of the largest output",
      result.float32_rounding ? "float64" : "float32", result.torch, result.source);
  if (result.onnx) text += fmt::format(", model.onnx (ONNX Runtime) by {:.1e}", *result.onnx);
  text += ".";
  if (result.float32_rounding) {
    text += fmt::format(" In float32 two programs differ by rounding alone: that of the trainer is {:.1e} off.",
                        *result.float32_rounding);
  }
  return text + "\n";
}

}  // namespace

std::string model_card(const ExportSubject& subject, const ModelCardFacts& facts) {
  std::string text = fmt::format("# {}\n\n", subject.title);
  text += fmt::format("A neural network found in the search space `{}`, exported by nas {}. {}\n\n",
                      subject.built.space->name(), facts.program_version, facts.weights);
  if (!subject.built.space->source().empty()) {
    text += fmt::format("The space follows: {}.\n\n", subject.built.space->source());
  }
  text += "![architecture](architecture.svg)\n\n";
  text += files_section(facts) + usage_section(facts) + cost_section(subject);
  text +=
      "## Choices\n\n" + json_table(choices_by_name(*subject.built.space, subject.source.genotype), "gene", "option");
  if (subject.trained) text += trained_section(*subject.trained);
  if (subject.origin) text += metrics_section(*subject.origin);
  text += training_section(subject);
  if (subject.origin) text += lineage_section(*subject.origin);
  return text + "## Checked\n\n" + verified_text(facts);
}

}  // namespace nas
