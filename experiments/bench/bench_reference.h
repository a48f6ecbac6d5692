// What can be written in a benchmark, from the rows that read it.
#pragma once

#include <string>

namespace nas {

/// docs/benchmarks.md.
[[nodiscard]] std::string bench_markdown();

/// Every key with its form, default and meaning, for a terminal.
[[nodiscard]] std::string bench_help();

}  // namespace nas
