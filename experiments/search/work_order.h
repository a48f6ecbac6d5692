// What a rank needs to evaluate candidates: the experiment, the space as text, the shape of the
// data. Rank 0 makes it; the others get it as text, so they read no file that was just written.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/config/experiment_config.h"
#include "mpi/node_plan.h"
#include "nas/result.h"
#include "search_spaces/text_space.h"
#include "trainer/data_options.h"

namespace nas {

struct WorkOrder {
  ExperimentConfig config;              // resolved
  std::string space_name;               // what errors call the space's text
  std::string space_text;               // YAML
  std::optional<DataDescription> data;  // of the evaluator `train`
  std::string log_folder;
  std::string checkpoint_folder;   // of all candidates
  std::vector<PlannedSlot> slots;  // of this rank
  std::int64_t threads = 1;        // CPU threads a slot
};

[[nodiscard]] std::string encode(const WorkOrder& order);
/// Error: the text is not what encode gave (another version of the program).
[[nodiscard]] Result<WorkOrder> decode_work_order(std::string_view text);

/// Whether the data of the evaluator `train` are on this machine as rank 0 found them: of the same shape, as many
/// records. Looks at files as describe_data does. Error: one line, without the host.
[[nodiscard]] Result<Unit> check_data_here(const WorkOrder& order);

/// What is compared, for a person; and whether this machine has such data.
[[nodiscard]] std::string data_in_words(const DataDescription& data);
[[nodiscard]] Result<Unit> check_data_here(const DataOptions& data, const std::string& words_of_rank_0);

/// The space with the experiment's parameters and the data's shape and classes. `places`: where
/// the parameters were written, for errors.
[[nodiscard]] Result<std::unique_ptr<TextSpace>> make_space(const WorkOrder& order,
                                                            const std::map<std::string, Place>& places = {});

}  // namespace nas
