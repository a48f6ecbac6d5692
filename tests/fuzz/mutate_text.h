// Slips of a person at an editor: lines dropped, doubled, moved or indented, words exchanged.
#pragma once

#include <string>

#include "nas/rng.h"

namespace nas {

/// One to four slips. REQUIRES: the text is not empty.
[[nodiscard]] std::string mutate_text(std::string text, Rng& rng);

}  // namespace nas
