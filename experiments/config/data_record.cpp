#include "experiments/config/data_record.h"

#include <nlohmann/json.hpp>

namespace nas {
namespace {

using nlohmann::json;

json shape_json(const Shape& shape) {
  json sizes = json::array();
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return {{"channels", shape.channels}, {"size", sizes}};
}

/// Throws json::exception.
Shape shape_from(const json& object) {
  Shape shape{.channels = object.at("channels").get<std::int64_t>()};
  const auto sizes = object.at("size").get<std::vector<std::int64_t>>();
  for (const std::int64_t size : sizes) {
    if (shape.dims < Shape::kMaxDims) shape.size[shape.dims++] = size;
  }
  return shape;
}

}  // namespace

std::string data_record(const DataDescription& data) {
  return json{{"task", task_row(data.task).name},
              {"input", shape_json(data.input)},
              {"classes", data.classes},
              {"output", shape_json(data.output)},
              {"train", data.train},
              {"validation", data.validation},
              {"available", data.available}}
      .dump();
}

std::optional<DataDescription> data_of_record(const std::string& text) {
  const json record = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!record.is_object()) return std::nullopt;
  try {
    const TaskRow* const task = find_task(record.at("task").get<std::string>());
    if (task == nullptr) return std::nullopt;
    return DataDescription{.task = task->kind,
                           .input = shape_from(record.at("input")),
                           .classes = record.at("classes").get<std::int64_t>(),
                           .output = shape_from(record.at("output")),
                           .train = record.at("train").get<std::int64_t>(),
                           .validation = record.at("validation").get<std::int64_t>(),
                           .available = record.at("available").get<std::int64_t>()};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace nas
