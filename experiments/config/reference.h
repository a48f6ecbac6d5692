// What can be written in an experiment, from the same rows that read it: the page of the
// documentation, the JSON Schema for editors, the help text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace nas {

/// docs/configuration.md.
[[nodiscard]] std::string options_markdown();

/// docs/experiment.schema.json, draft 2020-12.
[[nodiscard]] nlohmann::json options_schema();

/// Every key with its type, default and meaning, for a terminal of 100 columns and more.
[[nodiscard]] std::string options_help();

}  // namespace nas
