// What docs/algorithms.md says, from the rows that the program itself reads.
#pragma once

#include <string>

namespace nas {

/// docs/algorithms.md.
[[nodiscard]] std::string algorithms_markdown();

}  // namespace nas
