// The trainer process's loop: a job a line, answers as they come.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <string>

#include "trainer/line_reader.h"

namespace nas {

/// Writes one answer line (without its newline) and flushes it.
using WriteLine = std::function<void(const std::string& line)>;

/// Answers jobs until the end of the input. Data stay loaded from one job to the next while the
/// jobs' data options are equal. A line that asks the job at hand to be interrupted is looked for between its steps.
/// Returns the exit code: 0 at the end of the input, 1 where this
/// process should be replaced (the device may be in a state that no later job survives), 2 for a
/// line that is no job.
[[nodiscard]] int serve(LineReader& input, const WriteLine& write_line, c10::Device device);

}  // namespace nas
