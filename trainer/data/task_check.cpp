#include "trainer/data/task_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nas/check.h"

namespace nas {

TaskKind task_of(const DataOptions& data) {
  const TaskRow* const row = find_task(data.task);
  NAS_CHECK(row != nullptr, "the task's name was checked");
  return row->kind;
}

std::optional<Error> check_task(const DataOptions& data, std::initializer_list<TaskKind> possible,
                                std::string_view why) {
  if (std::find(possible.begin(), possible.end(), task_of(data)) != possible.end()) return std::nullopt;
  std::vector<std::string_view> names;
  for (const TaskKind kind : possible) names.push_back(task_row(kind).name);
  return Error{fmt::format("data.task: the set '{}' can't be used for {} ({}), try {}", data.set, data.task, why,
                           fmt::join(names, " or "))};
}

}  // namespace nas
