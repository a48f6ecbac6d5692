// What may be written in a space file, from the table that the parser checks by: the reference in
// docs/spaces.md and the JSON Schema for editors.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace nas {

/// The generated part of docs/spaces.md: every construct and key.
[[nodiscard]] std::string language_markdown();

/// docs/space.schema.json, draft 2020-12. Steps may also be blocks of the file, so a name that
/// the schema does not know is no error to it.
[[nodiscard]] nlohmann::ordered_json space_schema();

}  // namespace nas
