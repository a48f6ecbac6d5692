// What a network is trained for: what its targets are, which losses there are, and which metrics
// training reports. Needs no torch, so that objectives are checked before anything starts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

enum class TaskKind : std::uint8_t { Classification, MultiLabel, Segmentation, Regression, Restoration };

struct TaskMetric {
  std::string_view name;     // reported with "val_" before it
  std::string_view summary;  // formula, range, source
};

/// One task by name. Adding one: a row, and its functions in trainer/task_functions.cpp.
struct TaskRow {
  TaskKind kind;
  std::string_view name;
  std::string_view summary;
  std::span<const std::string_view> losses;  // the first one is meant by `auto`
  std::span<const TaskMetric> metrics;       // beside the loss
};

/// All rows, in the order of TaskKind.
[[nodiscard]] std::span<const TaskRow> tasks();
[[nodiscard]] const TaskRow& task_row(TaskKind kind);

/// Null where no task has this name.
[[nodiscard]] const TaskRow* find_task(std::string_view name);
[[nodiscard]] std::vector<std::string> task_names();

/// Every loss of any task, without repetition.
[[nodiscard]] std::vector<std::string> loss_names();

}  // namespace nas
