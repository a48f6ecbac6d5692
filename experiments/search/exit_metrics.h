// Names of the metrics that networks with several outputs have beside `val_accuracy`, `macs`, ...
#pragma once

#include <string>
#include <vector>

#include "nas/search_space.h"

namespace nas {

/// The exits, auxiliary ones left out, that each of a sample of the space's networks has.
[[nodiscard]] std::vector<std::string> exit_names(const SearchSpace& space);

/// `base.exit` for each exit, base by base.
[[nodiscard]] std::vector<std::string> metrics_of_exits(const std::vector<std::string>& bases,
                                                        const std::vector<std::string>& exits);

/// What `named_counts` counts: `params`, `macs`, then these up to each exit.
[[nodiscard]] std::vector<std::string> count_names(const std::vector<std::string>& exits);

}  // namespace nas
