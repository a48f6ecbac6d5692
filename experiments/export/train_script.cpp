#include "experiments/export/train_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "experiments/export/train_script_text.h"
#include "nas/export/python_values.h"

namespace nas {
namespace {

/// What replaces @NAME@ in the script.
using Replacements = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const nlohmann::json& training, const char* key, const nlohmann::json& fallback) {
  const nlohmann::json& value = training.contains(key) ? training[key] : fallback;
  if (value.is_boolean()) return detail::python_bool(value.get<bool>());
  if (value.is_number_float()) return detail::python_float(value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string loss_weights(const Network& network) {
  std::vector<std::string> entries;
  for (const Exit& exit : network.exits) {
    entries.push_back(fmt::format("\"{}\": {}", exit.name, detail::python_float(exit.weight)));
  }
  constexpr std::size_t kInOneLine = 2;
  if (entries.size() <= kInOneLine) return fmt::format("{{{}}}", fmt::join(entries, ", "));
  return fmt::format("{{\n    {},\n}}", fmt::join(entries, ",\n    "));
}

std::string input_tuple(const Shape& shape) {
  std::vector<std::int64_t> sizes = {shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return detail::python_tuple(sizes);
}

std::string known_data(const std::string& set) {
  for (const char* const known : {"mnist", "fashion_mnist", "idx", "cifar10", "cifar100"}) {
    if (set == known) return set;
  }
  return "random";
}

std::string default_folder(const TrainRecipe& recipe) {
  if (!recipe.data_folder.empty()) return recipe.data_folder;
  const bool is_debians = recipe.data_set == "fashion_mnist";
  return is_debians ? "/usr/share/datasets/fashion-mnist" : "data";
}

/// Inside a text of Python.
std::string quoted(std::string text) {
  for (const char* const bad : {"\\", "\""}) {
    for (std::size_t at = text.find(bad); at != std::string::npos; at = text.find(bad, at + 2)) text.insert(at, "\\");
  }
  return text;
}

}  // namespace

std::vector<std::string> left_out_of_script(const nlohmann::json& training) {
  static const std::set<std::string, std::less<>> kKnown = {
      "epochs",       "batch_size", "optimizer", "learning_rate",     "momentum",           "nesterov",
      "beta1",        "beta2",      "rms_decay", "epsilon",           "weight_decay",       "decay_all",
      "clip_norm",    "ema_decay",  "schedule",  "warmup_epochs",     "step_epochs",        "step_factor",
      "crop_padding", "flip",       "threads",   "checkpoint_epochs", "checkpoint_minutes", "label_smoothing"};
  static const std::set<std::string, std::less<>> kOff = {"auto", "none",          "",        "off",
                                                          "fp32", "cross_entropy", "pytorch", "constant"};
  std::vector<std::string> left_out;
  for (const auto& [key, value] : training.items()) {
    if (kKnown.contains(key) || value.is_null() || value == false) continue;
    if (value.is_number() && value.get<double>() == 0) continue;
    if (value.is_string() && kOff.contains(value.get<std::string>())) continue;
    if (value.is_array() && value.empty()) continue;
    left_out.push_back(fmt::format("{}={}", key, value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return left_out;
}

std::string train_script(const TrainRecipe& recipe, const Network& network, const nlohmann::json& training) {
  const Replacements replacements = {
      {"@TITLE@", quoted(recipe.title)},
      {"@INPUT@", input_tuple(recipe.input)},
      {"@CLASSES@", std::to_string(recipe.classes)},
      {"@LOSS_WEIGHTS@", loss_weights(network)},
      {"@DATA@", known_data(recipe.data_set)},
      {"@FOLDER@", quoted(default_folder(recipe))},
      {"@EPOCHS@", text_of(training, "epochs", 3)},
      {"@BATCH_SIZE@", text_of(training, "batch_size", 128)},
      {"@LEARNING_RATE@", text_of(training, "learning_rate", 0.1)},
      {"@MOMENTUM@", text_of(training, "momentum", 0.9)},
      {"@WEIGHT_DECAY@", text_of(training, "weight_decay", 5e-4)},
      {"@LABEL_SMOOTHING@", text_of(training, "label_smoothing", 0.0)},
      {"@SCHEDULE@", text_of(training, "schedule", "cosine")},
      {"@OPTIMIZER@", text_of(training, "optimizer", "sgd")},
      {"@BETA1@", text_of(training, "beta1", 0.9)},
      {"@BETA2@", text_of(training, "beta2", 0.999)},
      {"@RMS_DECAY@", text_of(training, "rms_decay", 0.9)},
      {"@EPSILON@", text_of(training, "epsilon", 1e-8)},
      {"@DECAY_ALL@", text_of(training, "decay_all", false)},
      {"@CLIP_NORM@", text_of(training, "clip_norm", 0.0)},
      {"@EMA_DECAY@", text_of(training, "ema_decay", 0.0)},
      {"@WARMUP_EPOCHS@", text_of(training, "warmup_epochs", 0.0)},
      {"@STEP_EPOCHS@", text_of(training, "step_epochs", 30.0)},
      {"@STEP_FACTOR@", text_of(training, "step_factor", 0.1)},
      {"@CROP_PADDING@", text_of(training, "crop_padding", 2)},
      {"@FLIP@", text_of(training, "flip", true)},
      {"@NESTEROV@", text_of(training, "nesterov", true)},
  };
  std::string script(detail::train_script_text());
  for (const auto& [name, value] : replacements) {
    for (std::size_t at = script.find(name); at != std::string::npos; at = script.find(name, at + value.size())) {
      script.replace(at, name.size(), value);
    }
  }
  return script;
}

}  // namespace nas
