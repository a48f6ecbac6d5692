// One colour an outcome of an evaluation, the same in every picture.
#pragma once

#include <array>
#include <string_view>

namespace nas {

struct OutcomeColour {
  std::string_view outcome;  // "ok", "stopped", or a failure's type
  std::string_view colour;   // CSS; legible on light and on dark
};

/// In the order of legends.
inline constexpr std::array<OutcomeColour, 10> kOutcomeColours = {{{"ok", "#009e73"},
                                                                   {"stopped", "#56b4e9"},
                                                                   {"diverged", "#e69f00"},
                                                                   {"out_of_memory", "#d55e00"},
                                                                   {"crashed", "#c2185b"},
                                                                   {"timed_out", "#8c6d31"},
                                                                   {"worker_lost", "#7f7f7f"},
                                                                   {"invalid", "#cc79a7"},
                                                                   {"protocol", "#7b52ab"},
                                                                   {"reported", "#f08080"}}};

/// Place in kOutcomeColours; of what is not there (a newer program's) the last place.
[[nodiscard]] constexpr std::size_t outcome_place(std::string_view outcome) {
  for (std::size_t i = 0; i < kOutcomeColours.size(); ++i) {
    if (kOutcomeColours[i].outcome == outcome) return i;
  }
  return kOutcomeColours.size() - 1;
}

}  // namespace nas
