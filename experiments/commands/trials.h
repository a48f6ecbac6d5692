// `nas trials --csv`: every evaluation of a run, for spreadsheets and scripts.
#pragma once

#include <filesystem>
#include <ostream>

#include "nas/result.h"

namespace nas {

/// A header and a line an evaluation, in the order of ids (RFC 4180, but lines end in "\n"):
/// id,state,failure,genotype,<metrics by name>,seconds,worker,parents. State: running, complete,
/// failed. A metric that an evaluation lacks is empty; one whose name another column has is
/// called "metric.<name>". Parents: ids joined by commas. Works while the search runs. Error: no
/// run there, or a damaged one.
[[nodiscard]] Result<Unit> print_trials_csv(const std::filesystem::path& run_directory, std::ostream& out);

}  // namespace nas
