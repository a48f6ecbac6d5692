// Runs another program to its end, with a text as its input.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nas/result.h"

namespace nas {

struct ProgramOutcome {
  int exit_code = 0;   // 128 + the signal's number where one ended it
  std::string output;  // standard output
  std::string errors;  // standard error
};

/// `command`: a path or a name to look for in PATH, and arguments. Its streams go through files in
/// `folder`, which are gone afterwards. Error: it can't be started.
[[nodiscard]] Result<ProgramOutcome> run_program(const std::vector<std::string>& command, const std::string& input,
                                                 const std::filesystem::path& folder);

}  // namespace nas
