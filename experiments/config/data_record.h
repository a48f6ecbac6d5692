// What a run keeps of its data, so that it can be exported and reported where they are gone.
#pragma once

#include <optional>
#include <string>

#include "trainer/data_options.h"

namespace nas {

/// JSON in one line.
[[nodiscard]] std::string data_record(const DataDescription& data);

/// Empty where the text is empty or none that data_record gave.
[[nodiscard]] std::optional<DataDescription> data_of_record(const std::string& text);

}  // namespace nas
