// What formats ask about the task they are read for.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "nas/result.h"
#include "trainer/data_options.h"

namespace nas {

/// The task of these options. REQUIRES: its name is known.
[[nodiscard]] TaskKind task_of(const DataOptions& data);

/// An error where the format's targets can't be used for the task.
[[nodiscard]] std::optional<Error> check_task(const DataOptions& data, std::initializer_list<TaskKind> possible,
                                              std::string_view why);

}  // namespace nas
