// `nas trials --csv`: every evaluation of a run, for spreadsheets and scripts.
#pragma once

#include <filesystem>
#include <ostream>

#include "nas/result.h"

namespace nas {

enum class TrialRows { Results, Epochs };

/// TrialRows::Results: a header and a line an evaluation, in the order of ids (RFC 4180, but lines end in "\n"):
/// id,state,failure,genotype,epochs,continues,<metrics by name>,seconds,worker,parents. State: running,
/// complete, stopped (before its epochs), failed. Continues: whose training it carries on, if any. A metric that an
/// evaluation lacks is empty; one whose name another column has is called "metric.<name>". Parents: ids joined by
/// commas.
///
/// TrialRows::Epochs: the learning curves of those that are complete, a line an epoch:
/// id,genotype,epoch,<metrics of epochs by name>. Of a training that was carried on, an epoch that both parts tell of
/// is the second one's. A metric called like one of the three columns as above. It is the form of a table with an
/// epoch_column (nas/table_evaluator.h).
///
/// Works while the search runs. Error: no run there, or a damaged one.
[[nodiscard]] Result<Unit> print_trials_csv(const std::filesystem::path& run_directory, TrialRows rows,
                                            std::ostream& out);

}  // namespace nas
