// Sets of NumPy arrays: which arrays they are, and whether they belong together.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "trainer/data/array_file.h"
#include "trainer/data/array_records.h"
#include "trainer/data/data_format.h"
#include "trainer/data/task_check.h"

namespace nas {

namespace {

/// Where the arrays of one part are; names are empty where there is none.
struct PartPlace {
  std::filesystem::path place;
  std::string inputs;
  std::string targets;
  bool validation = false;
};

/// Arrays and what is known of them.
struct Arrays {
  DataFacts facts;
  ArrayLayout input;
  ArrayLayout target;
};

std::string known_names(const std::filesystem::path& place) {
  const auto names = array_names(place);
  std::string text;
  if (names) {
    for (const std::string& name : *names) text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

Result<std::vector<PartPlace>> find_parts(const DataOptions& data) {
  const std::filesystem::path place = data.file.empty() ? data.folder : data.file;
  if (auto names = array_names(place); !names) return names.error();
  if (data.inputs.empty()) {
    return Error{fmt::format("data.inputs: not given, name an array of {} ({})", place.string(), known_names(place))};
  }
  if (data.targets.size() > 1) return Error{"data.targets: arrays have one of targets, name one"};
  const std::string targets = data.targets.empty() ? "" : data.targets.front();
  if (targets.empty() && task_of(data) != TaskKind::Restoration) {
    return Error{fmt::format("data.targets: not given, name an array of {} ({})", place.string(), known_names(place))};
  }
  std::vector<PartPlace> parts = {{place, data.inputs, targets, false}};
  const bool fixed = !data.validation_file.empty() || !data.validation_inputs.empty();
  if (!fixed && !data.validation_targets.empty()) {
    return Error{"data.validation_targets: there are no validation inputs to it, name data.validation_inputs"};
  }
  if (fixed) {
    if (data.validation_file.empty() && !targets.empty() && data.validation_targets.empty()) {
      return Error{"data.validation_targets: not given, name the targets of data.validation_inputs"};
    }
    parts.push_back({data.validation_file.empty() ? place : std::filesystem::path(data.validation_file),
                     data.validation_inputs.empty() ? data.inputs : data.validation_inputs,
                     data.validation_targets.empty() ? targets : data.validation_targets, true});
  }
  return parts;
}

Error shape_error(const PartPlace& part, const std::string& name, const NpyHeader& header, const std::string& wanted) {
  return Error{fmt::format("{}: {}: {} where {} expected", part.place.string(), name, header.text(), wanted)};
}

/// Records, shape and type of the inputs; a second part must have those of the first.
Result<Unit> add_inputs(const DataOptions& data, const PartPlace& part, Arrays& arrays) {
  const auto header = read_array_header(part.place, part.inputs);
  if (!header) return header.error();
  const auto layout = read_axes(data.axes, *header);
  if (!layout) return layout.error();
  if (auto error = check_shape(layout->record)) {
    return Error{fmt::format("{}: {}: {}", part.place.string(), part.inputs, error->message)};
  }
  DataFacts& facts = arrays.facts;
  if (part.validation && (layout->record != facts.input || element_of(*header) != facts.element)) {
    return shape_error(part, part.inputs, *header,
                       fmt::format("records of {} as in training are", to_string(facts.input)));
  }
  facts.input = layout->record;
  facts.element = element_of(*header);
  facts.records += header->shape[0];
  if (part.validation) facts.fixed_validation = header->shape[0];
  arrays.input = *layout;
  return Unit{};
}

/// Reads classes of whole records.
Result<Unit> add_labels(const PartPlace& part, std::int64_t records, DataFacts& facts) {
  const auto array = open_array(part.place, part.targets);
  if (!array) return array.error();
  const auto& shape = array->header.shape;
  const bool flat = shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
  if (!flat || array->header.kind == 'f') {
    return shape_error(part, part.targets, array->header, fmt::format("{} integers (a class each) were", records));
  }
  std::vector<std::int64_t> labels(static_cast<std::size_t>(records));
  copy_elements(*array, 0, std::span(labels));
  constexpr std::int64_t kMostClasses = 1'000'000;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < (facts.classes > 0 ? facts.classes : kMostClasses)) continue;
    return Error{fmt::format("{}: {}: record {} is of class {}, classes count from 0{}", part.place.string(),
                             part.targets, i, labels[i],
                             facts.classes > 0 ? fmt::format(" to {} (data.classes)", facts.classes - 1) : "")};
  }
  facts.labels.insert(facts.labels.end(), labels.begin(), labels.end());
  return Unit{};
}

/// The shape of one target, or that it does not go with the input.
Result<ArrayLayout> target_layout(const DataOptions& data, const PartPlace& part, const NpyHeader& header,
                                  const DataFacts& facts) {
  const auto failed = [&](const std::string& wanted) { return shape_error(part, part.targets, header, wanted); };
  switch (facts.task) {
    case TaskKind::Segmentation: {
      std::vector<std::int64_t> wanted(facts.input.size.begin(), facts.input.size.begin() + facts.input.dims);
      std::vector<std::int64_t> found(header.shape.begin() + 1, header.shape.end());
      if (found.size() == wanted.size() + 1 && found.back() == 1) found.pop_back();
      if (found != wanted || header.kind == 'f') {
        return failed(fmt::format("a class at each position of the inputs ({}) was", to_string(facts.input)));
      }
      Shape shape = facts.input;
      shape.channels = 1;
      return ArrayLayout{shape};
    }
    case TaskKind::MultiLabel:
      if (header.shape.size() != 2 || header.kind == 'f') return failed("0 or 1 for each record and label was");
      return ArrayLayout{{.channels = header.shape[1]}};
    case TaskKind::Regression:
      if (header.shape.size() > 2) return failed("one number, or one row of numbers, for each record was");
      return ArrayLayout{{.channels = header.shape.size() == 2 ? header.shape[1] : 1}};
    default:
      return read_axes(data.axes, header);
  }
}

/// Classes of a map: one more than the largest value that is judged.
Result<std::int64_t> count_classes(const PartPlace& part) {
  const auto array = open_array(part.place, part.targets);
  if (!array) return array.error();
  const std::size_t count = array->header.data_bytes() / array->header.item_bytes;
  std::vector<std::int64_t> buffer;
  std::int64_t largest = 1;
  constexpr std::size_t kAtOnce = 1 << 16;
  for (std::size_t first = 0; first < count; first += kAtOnce) {
    buffer.resize(std::min(kAtOnce, count - first));
    copy_elements(*array, first, std::span(buffer));
    for (const std::int64_t value : buffer) {
      if (value < 0 || value > kVoidClass) {
        const auto record =
            static_cast<std::int64_t>(first) * array->header.shape[0] / static_cast<std::int64_t>(count);
        return Error{
            fmt::format("{}: {}: record {} or a later one holds the class {}, classes are 0 to 254 (255: not "
                        "judged)",
                        part.place.string(), part.targets, record, value)};
      }
      if (value != kVoidClass) largest = std::max(largest, value);
    }
  }
  return largest + 1;
}

Result<Unit> add_targets(const DataOptions& data, const PartPlace& part, std::int64_t records, Arrays& arrays) {
  const auto header = read_array_header(part.place, part.targets);
  if (!header) return header.error();
  if (header->shape.empty() || header->shape[0] != records) {
    return shape_error(part, part.targets, *header,
                       fmt::format("one for each of {} records of '{}' was", records, part.inputs));
  }
  DataFacts& facts = arrays.facts;
  if (facts.task == TaskKind::Classification) return add_labels(part, records, facts);
  const auto layout = target_layout(data, part, *header, facts);
  if (!layout) return layout.error();
  if (part.validation && layout->record != facts.target) {
    return shape_error(part, part.targets, *header,
                       fmt::format("targets of {} as in training were", to_string(facts.target)));
  }
  const bool bytes = facts.task == TaskKind::Segmentation || facts.task == TaskKind::MultiLabel;
  facts.target = layout->record;
  facts.target_element = bytes                                ? ElementType::UInt8
                         : facts.task == TaskKind::Regression ? ElementType::Float32
                                                              : element_of(*header);
  arrays.target = *layout;
  if (facts.task == TaskKind::MultiLabel) facts.classes = header->shape[1];
  const bool count = facts.task == TaskKind::Segmentation && data.classes == DataOptions::kAutoClasses;
  // What is no byte might not fit into one.
  if (!count && (!bytes || element_of(*header) == ElementType::UInt8)) return Unit{};
  const auto classes = count_classes(part);
  if (!classes) return classes.error();
  if (count) facts.classes = std::max(facts.classes, *classes);
  return Unit{};
}

Result<Arrays> inspect_arrays(const DataOptions& data, const std::vector<PartPlace>& parts) {
  Arrays arrays;
  arrays.facts.task = task_of(data);
  if (data.classes != DataOptions::kAutoClasses) arrays.facts.classes = data.classes;
  for (const PartPlace& part : parts) {
    const std::int64_t before = arrays.facts.records;
    if (auto added = add_inputs(data, part, arrays); !added) return added.error();
    if (part.targets.empty()) continue;
    if (auto added = add_targets(data, part, arrays.facts.records - before, arrays); !added) return added.error();
  }
  DataFacts& facts = arrays.facts;
  if (facts.task == TaskKind::Segmentation && facts.classes > kVoidClass) {
    return Error{fmt::format("data.classes: {}, a map of classes has at most 255 (255: not judged)", facts.classes)};
  }
  if (facts.task == TaskKind::Classification && facts.classes == 0 && !facts.labels.empty()) {
    facts.classes = 1 + *std::max_element(facts.labels.begin(), facts.labels.end());
  }
  return arrays;
}

}  // namespace

Result<DataFacts> inspect_array_set(const DataOptions& data) {
  const auto parts = find_parts(data);
  if (!parts) return parts.error();
  auto arrays = inspect_arrays(data, *parts);
  if (!arrays) return arrays.error();
  return std::move(arrays->facts);
}

Result<DataSet> open_array_set(const DataOptions& data) {
  const auto parts = find_parts(data);
  if (!parts) return parts.error();
  auto arrays = inspect_arrays(data, *parts);
  if (!arrays) return arrays.error();
  std::vector<ArrayPart> opened;
  for (const PartPlace& part : *parts) {
    auto inputs = open_array(part.place, part.inputs);
    if (!inputs) return inputs.error();
    ArrayPart& one = opened.emplace_back(ArrayPart{std::move(inputs).value(), {}});
    if (arrays->facts.target.channels == 0) continue;
    auto targets = open_array(part.place, part.targets);
    if (!targets) return targets.error();
    one.targets = std::move(targets).value();
  }
  auto reader = std::make_shared<const ArrayRecords>(std::move(opened), arrays->facts, arrays->input, arrays->target);
  return DataSet{std::move(arrays->facts), std::move(reader)};
}

}  // namespace nas
