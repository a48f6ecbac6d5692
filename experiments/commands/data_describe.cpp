#include "experiments/commands/data_describe.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "experiments/commands/data_picture.h"
#include "trainer/data/data_format.h"

namespace nas {
namespace {

/// Records of one class in each part.
struct ClassCount {
  std::string name;
  std::int64_t train = 0;
  std::int64_t validation = 0;
};

std::vector<ClassCount> count_classes(const DataFacts& facts, const DataSplit& split) {
  if (facts.labels.empty()) return {};
  std::vector<ClassCount> counts(static_cast<std::size_t>(facts.classes));
  for (std::size_t c = 0; c < counts.size(); ++c) {
    counts[c].name = c < facts.names.size() ? facts.names[c] : std::to_string(c);
  }
  const auto class_of = [&](std::int64_t record) -> ClassCount& {
    return counts[static_cast<std::size_t>(facts.labels[static_cast<std::size_t>(record)])];
  };
  for (const std::int64_t record : split.train) ++class_of(record).train;
  for (const std::int64_t record : split.validation) ++class_of(record).validation;
  return counts;
}

std::string_view type_name(ElementType type) {
  constexpr std::string_view kNames[] = {"bytes", "16-bit integers", "32-bit floats"};
  return kNames[static_cast<std::size_t>(type)];
}

struct Described {
  DataFacts facts;
  DataDescription parts;
  std::vector<ClassCount> classes;
};

nlohmann::ordered_json to_json(const DataOptions& data, const Described& described) {
  nlohmann::ordered_json json = {{"set", data.set},
                                 {"task", data.task},
                                 {"input", to_string(described.facts.input)},
                                 {"elements", type_name(described.facts.element)},
                                 {"output", to_string(described.parts.output)},
                                 {"records", described.facts.records},
                                 {"train", described.parts.train},
                                 {"validation", described.parts.validation},
                                 {"folds", described.parts.folds},
                                 {"fixed_validation", described.facts.fixed_validation > 0},
                                 {"classes", described.facts.classes}};
  json["balance"] = nlohmann::ordered_json::array();
  for (const ClassCount& one : described.classes) {
    json["balance"].push_back({{"class", one.name}, {"train", one.train}, {"validation", one.validation}});
  }
  return json;
}

void print_balance(const std::vector<ClassCount>& classes, std::int64_t train, std::ostream& out) {
  if (classes.empty()) return;
  constexpr std::size_t kMostShown = 100;
  constexpr int kBarWidth = 40;
  const auto largest =
      std::max_element(classes.begin(), classes.end(), [](const auto& a, const auto& b) { return a.train < b.train; });
  std::size_t width = 5;
  for (const ClassCount& one : classes) width = std::max(width, one.name.size());
  fmt::print(out, "\n  {:<{}}  {:>9}  {:>10}  {:>6}\n", "class", width, "training", "validation", "share");
  for (std::size_t c = 0; c < std::min(classes.size(), kMostShown); ++c) {
    const ClassCount& one = classes[c];
    const std::int64_t bar = largest->train > 0 ? one.train * kBarWidth / largest->train : 0;
    fmt::print(out, "  {:<{}}  {:>9}  {:>10}  {:>5.1f}%  {}\n", one.name, width, one.train, one.validation,
               100.0 * static_cast<double>(one.train) / static_cast<double>(train),
               std::string(static_cast<std::size_t>(bar), '#'));
  }
  if (classes.size() > kMostShown) fmt::print(out, "  and {} more\n", classes.size() - kMostShown);
}

void print_text(const DataOptions& data, const Described& described, std::ostream& out) {
  const DataFacts& facts = described.facts;
  const DataDescription& parts = described.parts;
  const double mib = static_cast<double>(facts.input_bytes() + facts.target_bytes()) *
                     static_cast<double>(parts.train + parts.validation) / (1 << 20);
  fmt::print(out, "{:<12}{}: {}\n", "set", data.set, find_data_format(data.set)->summary);
  fmt::print(out, "{:<12}{}: {}\n", "task", data.task, task_row(facts.task).summary);
  fmt::print(out, "{:<12}{} ({})\n", "inputs", to_string(facts.input), type_name(facts.element));
  fmt::print(out, "{:<12}{}\n", "outputs", to_string(parts.output));
  fmt::print(out, "{:<12}{}: {} for training, {} for validation{}\n", "records", facts.records, parts.train,
             parts.validation,
             facts.fixed_validation > 0 ? " (a part of its own)"
             : parts.folds > 0          ? fmt::format(" in the first of {} folds", parts.folds)
                                        : std::string());
  fmt::print(out, "{:<12}{:.1f} MiB\n", "size", mib);
  if (facts.missing) fmt::print(out, "{:<12}some values; the mean takes their place\n", "missing");
  if (facts.classes > 0) {
    fmt::print(out, "{:<12}{}\n", facts.task == TaskKind::MultiLabel ? "labels" : "classes", facts.classes);
  }
  print_balance(described.classes, parts.train, out);
}

}  // namespace

Result<Unit> describe_data_set(const DataOptions& data, const DescribeOptions& options, std::ostream& out) {
  const auto facts = inspect_data(data);
  if (!facts) return facts.error();
  const auto parts = describe_parts(data, *facts);
  if (!parts) return parts.error();
  const DataSplit split = split_set(*facts, *parts, static_cast<std::uint64_t>(data.split_seed));
  const Described described{*facts, *parts, count_classes(*facts, split)};
  if (options.output == Output::Json) {
    fmt::print(out, "{}\n", to_json(data, described).dump(2));
  } else {
    print_text(data, described, out);
  }
  if (options.picture.empty()) return Unit{};
  const auto set = open_data(data);
  if (!set) return set.error();
  const auto drawn = draw_data(*set, split, options.samples);
  if (!drawn) return drawn.error();
  const Result<Unit> written = write_png(options.picture, drawn->picture);
  if (written && options.output == Output::Text) {
    fmt::print(out, "\n{}: {} rows of {} training records{}\n", options.picture.string(), drawn->rows, drawn->columns,
               described.classes.empty() ? "" : ", a row each class");
  }
  return written;
}

}  // namespace nas
