// The text of an export's train.py in blocks, with @NAME@ in the places of what differs from network to network.
#pragma once

#include <string>
#include <string_view>

#include "trainer/task.h"

namespace nas::detail {

/// The whole, with @RECORDS@, @TASK@ and the names of ScriptReader's members where the other blocks go.
[[nodiscard]] std::string_view train_script_text();

/// What all tasks have in common: records, their scaling, means over processes.
[[nodiscard]] std::string_view train_script_records();

/// `class Task` and what else only this task needs.
[[nodiscard]] std::string_view train_script_task(TaskKind task);

/// How data are read.
struct ScriptReader {
  std::string_view imports;  // lines: of the standard library
  std::string_view others;   // lines: of other packages
  std::string_view places;   // options of main: where the data are
  std::string source;        // functions and constants
  std::string rows;          // of READERS
};
/// By the name of a data format; where none is given, those of image sets that a person may have.
[[nodiscard]] ScriptReader train_script_reader(std::string_view set);

}  // namespace nas::detail
