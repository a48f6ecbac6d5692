// Parameters of a space: numbers, and expressions over other parameters.
#pragma once

#include <optional>

#include "nas/result.h"
#include "search_spaces/space_ast.h"

namespace nas {

/// Fills `ast.parameters` and `ast.input` from what is written. Error, with its place: an unknown
/// name, a circle of parameters, no finite number, an input that is no shape.
[[nodiscard]] std::optional<Error> resolve_parameters(SpaceAst& ast);

}  // namespace nas
