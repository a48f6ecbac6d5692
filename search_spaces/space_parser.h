// YAML tree -> SpaceAst: the grammar of the space language.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/result.h"
#include "search_spaces/space_ast.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

/// Error: everything that is wrong with the text, a line each: `file:line:column: what, what to try`.
[[nodiscard]] Result<SpaceAst> parse_space(const YamlNode& root);

}  // namespace nas
