#include "trainer/preprocessing.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nas/option.h"

namespace nas {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kElements[] = {"uint8", "int16", "float32"};

ordered_json scaling_json(const ChannelScaling& scaling) {
  return {{"scale", scaling.scale}, {"offset", scaling.offset}};
}

ordered_json columns_json(const std::vector<InputColumn>& columns) {
  ordered_json array = ordered_json::array();
  for (const InputColumn& column : columns) {
    ordered_json one = {{"name", column.name}};
    if (!column.categories.empty()) one["categories"] = column.categories;
    if (column.missing) one["missing"] = true;
    array.push_back(std::move(one));
  }
  return array;
}

ChannelScaling scaling_from(const json& object, const char* key) {
  if (!object.contains(key)) return {};
  const json& scaling = object.at(key);
  return {scaling.at("scale").get<std::vector<double>>(), scaling.at("offset").get<std::vector<double>>()};
}

Shape shape_from(const json& object) {
  Shape shape{.channels = object.at("channels").get<std::int64_t>()};
  for (const json& size : object.at("size")) {
    if (shape.dims < Shape::kMaxDims) shape.size[shape.dims] = size.get<std::int64_t>();
    ++shape.dims;
  }
  return shape;
}

Result<ElementType> element_from(const json& object) {
  const auto name = object.at("element").get<std::string>();
  for (std::size_t i = 0; i < std::size(kElements); ++i) {
    if (kElements[i] == name) return static_cast<ElementType>(i);
  }
  return Error{fmt::format("element: there is no '{}', expected uint8, int16 or float32", name)};
}

std::vector<InputColumn> columns_from(const json& array) {
  std::vector<InputColumn> columns;
  for (const json& one : array) {
    columns.push_back({one.at("name").get<std::string>(), one.value("categories", std::vector<std::string>{}),
                       one.value("missing", false)});
  }
  return columns;
}

bool has_channels(const ChannelScaling& scaling, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels);
  return scaling.scale.size() == count && scaling.offset.size() == count;
}

Result<Unit> check(const Preprocessing& read) {
  if (read.input.dims > Shape::kMaxDims) return Error{"input: more than three sizes"};
  if (const auto wrong = check_shape(read.input)) return Error{"input: " + wrong->message};
  if (!has_channels(read.inputs, read.input.channels)) {
    return Error{fmt::format("inputs: expected scale and offset of {} channels", read.input.channels)};
  }
  for (const double scale : read.targets.scale) {
    if (scale == 0) return Error{"targets: a scale of 0 can't be undone"};
  }
  if (read.targets.scale.size() != read.targets.offset.size()) {
    return Error{"targets: scale and offset of different lengths"};
  }
  const bool numbers = read.task == TaskKind::Regression || read.task == TaskKind::Restoration;
  if (numbers && read.targets.scale.empty()) return Error{"targets: missing, the task needs them"};
  if (!numbers && read.classes < 1) return Error{"classes: missing, the task needs them"};
  std::size_t features = 0;
  for (const InputColumn& column : read.columns) features += column.features();
  if (!read.columns.empty() && features != static_cast<std::size_t>(read.input.channels)) {
    return Error{fmt::format("columns: they make {} features, input has {}", features, read.input.channels)};
  }
  return Unit{};
}

Result<Preprocessing> read(const json& object) {
  if (object.at("preprocessing").get<int>() != kPreprocessingFormat) {
    return Error{fmt::format("preprocessing: format {} is another version's, this program reads {}",
                             object.at("preprocessing").dump(), kPreprocessingFormat)};
  }
  const auto name = object.at("task").get<std::string>();
  const TaskRow* const task = find_task(name);
  if (task == nullptr) return Error{fmt::format("task: there is no '{}'{}", name, suggest(name, task_names()))};
  const auto element = element_from(object);
  if (!element) return element.error();
  Preprocessing preprocessing{.task = task->kind, .input = shape_from(object.at("input")), .element = *element};
  preprocessing.axes = object.value("axes", preprocessing.axes);
  preprocessing.array = object.value("array", std::string());
  preprocessing.inputs = scaling_from(object, "inputs");
  preprocessing.missing = object.value("missing", false);
  preprocessing.targets = scaling_from(object, "targets");
  preprocessing.bytes_restored = object.value("bytes_restored", false);
  preprocessing.classes = object.value("classes", std::int64_t{0});
  preprocessing.names = object.value("names", std::vector<std::string>{});
  preprocessing.columns = columns_from(object.value("columns", json::array()));
  if (const auto checked = check(preprocessing); !checked) return checked.error();
  return preprocessing;
}

}  // namespace

std::string Preprocessing::name_of(std::int64_t index) const {
  const auto i = static_cast<std::size_t>(index);
  return i < names.size() ? names[i] : std::to_string(index);
}

ordered_json preprocessing_to_json(const Preprocessing& preprocessing) {
  ordered_json json = {{"preprocessing", kPreprocessingFormat}, {"task", task_row(preprocessing.task).name}};
  ordered_json size = ordered_json::array();
  for (std::size_t axis = 0; axis < preprocessing.input.dims; ++axis) size.push_back(preprocessing.input.size[axis]);
  json["input"] = {{"channels", preprocessing.input.channels}, {"size", size}};
  json["element"] = kElements[static_cast<std::size_t>(preprocessing.element)];
  json["axes"] = preprocessing.axes;
  if (!preprocessing.array.empty()) json["array"] = preprocessing.array;
  json["inputs"] = scaling_json(preprocessing.inputs);
  if (preprocessing.missing) json["missing"] = true;
  if (!preprocessing.targets.scale.empty()) json["targets"] = scaling_json(preprocessing.targets);
  if (preprocessing.bytes_restored) json["bytes_restored"] = true;
  if (preprocessing.classes > 0) json["classes"] = preprocessing.classes;
  if (!preprocessing.names.empty()) json["names"] = preprocessing.names;
  if (!preprocessing.columns.empty()) json["columns"] = columns_json(preprocessing.columns);
  return json;
}

Result<Preprocessing> preprocessing_from_json(const json& object) {
  try {
    return read(object);
  } catch (const json::exception& error) {
    return Error{fmt::format("not what nas export writes ({})", error.what())};
  }
}

}  // namespace nas
