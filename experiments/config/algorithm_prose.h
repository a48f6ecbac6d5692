// What docs/algorithms.md says in words; names, papers and options come from the tables.
#pragma once

#include <string_view>

namespace nas {

struct AlgorithmProse {
  std::string_view name;  // a row of nas::algorithms()
  std::string_view what;  // two to four sentences
  std::string_view when;
};

/// Both texts are empty where nothing is written of this algorithm.
[[nodiscard]] AlgorithmProse prose_of(std::string_view algorithm);

/// Pages' parts before and after the algorithms.
[[nodiscard]] std::string_view algorithms_introduction();
[[nodiscard]] std::string_view algorithms_figures();

/// nas/algorithms/random.cpp without its first lines, as the page shows it.
[[nodiscard]] std::string_view shortest_algorithm();

}  // namespace nas
