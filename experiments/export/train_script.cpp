#include "experiments/export/train_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "experiments/export/train_script_text.h"
#include "nas/export/python_values.h"
#include "trainer/data/data_format.h"

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

std::string shape_tuple(const Shape& shape) {
  std::vector<std::int64_t> sizes = {shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return detail::python_tuple(sizes);
}

/// Inside a text of Python.
std::string quoted(std::string text) {
  for (const char* const bad : {"\\", "\""}) {
    for (std::size_t at = text.find(bad); at != std::string::npos; at = text.find(bad, at + 2)) text.insert(at, "\\");
  }
  return text;
}

std::string data_text(const TrainRecipe& recipe, const char* key) { return recipe.data.value(key, std::string()); }

/// The first of these keys that is not empty.
std::string first_of(const TrainRecipe& recipe, std::initializer_list<const char*> keys) {
  for (const char* const key : keys) {
    if (std::string text = data_text(recipe, key); !text.empty()) return text;
  }
  return "";
}

std::vector<std::string> target_names(const TrainRecipe& recipe) {
  return recipe.data.value("targets", std::vector<std::string>{});
}

std::string folder_of(const TrainRecipe& recipe) {
  const DataFormat* const format = find_data_format(data_text(recipe, "set"));
  const std::string given = data_text(recipe, "folder");
  if (!given.empty()) return given;
  return format == nullptr || format->folder.empty() ? "data" : std::string(format->folder);
}

/// Of arrays and tables: the validation part where one is fixed, else the test part, else none.
Replacements judged_records(const TrainRecipe& recipe) {
  const bool validation = !first_of(recipe, {"validation_file", "validation_inputs"}).empty();
  const std::string part = validation ? "validation" : "test";
  const auto key = [&](const char* end) { return data_text(recipe, (part + end).c_str()); };
  const bool none = key("_file").empty() && key("_inputs").empty();
  const bool arrays = data_text(recipe, "set") == "arrays";
  const std::string place = arrays && key("_file").empty() ? first_of(recipe, {"file", "folder"}) : key("_file");
  const std::vector<std::string> targets = target_names(recipe);
  const std::string usual = targets.empty() ? "" : targets.front();
  return {
      {"@JUDGED_FILE@", none ? "" : quoted(place)},
      {"@JUDGED_INPUTS@", none ? "" : quoted(key("_inputs").empty() ? data_text(recipe, "inputs") : key("_inputs"))},
      {"@JUDGED_TARGETS@", none ? "" : quoted(key("_targets").empty() ? usual : key("_targets"))}};
}

Replacements data_replacements(const TrainRecipe& recipe) {
  Replacements all = judged_records(recipe);
  const std::vector<std::string> targets = target_names(recipe);
  std::vector<std::string> columns;
  for (const std::string& name : targets) columns.push_back(fmt::format("\"{}\"", quoted(name)));
  const std::string set = data_text(recipe, "set");
  const Replacements more = {
      {"@DATA@", set.empty() ? "random" : set},
      {"@FOLDER@", quoted(folder_of(recipe))},
      {"@FILE@", quoted(first_of(recipe, {"file", "folder"}))},
      {"@AXES@", recipe.data.value("axes", "auto")},
      {"@INPUTS@", quoted(data_text(recipe, "inputs"))},
      {"@TARGETS@", targets.empty() ? "" : quoted(targets.front())},
      {"@TARGET_COLUMNS@", fmt::format("[{}]", fmt::join(columns, ", "))},
      {"@HEADER@", recipe.data.value("header", "auto")},
      {"@SKIP_LINES@", std::to_string(recipe.data.value("skip_lines", 0))},
      {"@NOISE@", detail::python_float(recipe.data.value("noise", 0.0))},
      {"@RESTORES_INPUTS@", detail::python_bool(targets.empty())},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// Which of torch's functions, or of the script's own.
Replacements loss_replacements(const TrainRecipe& recipe) {
  std::string loss = recipe.training.value("loss", std::string("auto"));
  if (loss == "auto") loss = task_row(recipe.task).losses.front();
  const std::string losses = loss == "dice"            ? "dice_loss"
                             : loss == "cross_entropy" ? "position_loss"
                                                       : "position_loss, dice_loss";
  return {{"@LOSSES@", losses}, {"@LOSS@", loss == "l1" ? "l1_loss" : "mse_loss"}};
}

Replacements training_replacements(const nlohmann::json& training) {
  return {
      {"@EPOCHS@", text_of(training, "epochs", 3)},
      {"@BATCH_SIZE@", text_of(training, "batch_size", 128)},
      {"@LEARNING_RATE@", text_of(training, "learning_rate", 0.1)},
      {"@MOMENTUM@", text_of(training, "momentum", 0.9)},
      {"@WEIGHT_DECAY@", text_of(training, "weight_decay", 5e-4)},
      {"@LABEL_SMOOTHING@", text_of(training, "label_smoothing", 0.0)},
      {"@CLASS_WEIGHTS@", text_of(training, "class_weights", "none")},
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
}

void replace_all(std::string& script, const Replacements& replacements) {
  for (const auto& [name, value] : replacements) {
    for (std::size_t at = script.find(name); at != std::string::npos; at = script.find(name, at + value.size())) {
      script.replace(at, name.size(), value);
    }
  }
}

}  // namespace

std::vector<std::string> left_out_of_script(const nlohmann::json& training) {
  static const std::set<std::string, std::less<>> kKnown = {
      "epochs",         "batch_size",    "optimizer",   "learning_rate",     "momentum",
      "nesterov",       "beta1",         "beta2",       "rms_decay",         "epsilon",
      "weight_decay",   "decay_all",     "clip_norm",   "ema_decay",         "schedule",
      "warmup_epochs",  "step_epochs",   "step_factor", "crop_padding",      "flip",
      "loss",           "class_weights", "threads",     "checkpoint_epochs", "checkpoint_minutes",
      "label_smoothing"};
  // These train nothing otherwise.
  static const std::set<std::string, std::less<>> kMeasure = {"energy",         "energy_batch",        "energy_mac_pj",
                                                              "energy_byte_pj", "energy_static_watts", "mc_dropout",
                                                              "latency_batch"};
  static const std::set<std::string, std::less<>> kOff = {"auto", "none",          "",        "off",
                                                          "fp32", "cross_entropy", "pytorch", "constant"};
  std::vector<std::string> left_out;
  for (const auto& [key, value] : training.items()) {
    if (kKnown.contains(key) || kMeasure.contains(key) || value.is_null() || value == false) continue;
    if (value.is_number() && value.get<double>() == 0) continue;
    if (value.is_string() && kOff.contains(value.get<std::string>())) continue;
    if (value.is_array() && value.empty()) continue;
    left_out.push_back(fmt::format("{}={}", key, value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return left_out;
}

Result<std::string> train_script(const TrainRecipe& recipe, const Network& network) {
  const std::string set = data_text(recipe, "set");
  if (set == "table" && !recipe.has_preprocessing) {
    return Error{"it reads a table by the columns of preprocessing.json, which there is none of"};
  }
  const detail::ScriptReader reader = detail::train_script_reader(set);
  std::string script(detail::train_script_text());
  replace_all(script, {{"@RECORDS@", std::string(detail::train_script_records())},
                       {"@TASK@", std::string(detail::train_script_task(recipe.task))},
                       {"@IMPORTS@", std::string(reader.imports)},
                       {"@OTHERS@", std::string(reader.others)},
                       {"@PLACES@", std::string(reader.places)},
                       {"@SOURCE@", reader.source},
                       {"@ROWS@", reader.rows},
                       {"@TITLE@", quoted(recipe.title)},
                       {"@INPUT@", shape_tuple(network.nodes[0].shape)},
                       {"@OUTPUT@", shape_tuple(network.shape_of(network.output))},
                       {"@CLASSES@", std::to_string(recipe.classes)},
                       {"@HELD_OUT@", std::to_string(recipe.held_out)},
                       {"@LOSS_WEIGHTS@", loss_weights(network)}});
  for (const Replacements& more :
       {data_replacements(recipe), loss_replacements(recipe), training_replacements(recipe.training)}) {
    replace_all(script, more);
  }
  return script;
}

}  // namespace nas
