// The list `algorithms` of a benchmark.
#pragma once

#include <string>
#include <vector>

#include "experiments/bench/bench_config.h"
#include "experiments/config/diagnostics.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

/// The yardstick that every comparison has.
inline constexpr const char* kYardstick = "random";

/// The file's algorithms, or those of them that `chosen` names (a label of the file, or an
/// algorithm's name, which then has its defaults); kYardstick is added where it is missing.
[[nodiscard]] std::vector<BenchAlgorithm> read_algorithms(const YamlNode& root, const std::vector<std::string>& chosen,
                                                          Diagnostics& diagnostics);

}  // namespace nas
