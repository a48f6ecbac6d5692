// What the parts of the space parser share: the tree being built, the names known so far and the
// errors found so far.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search_spaces/space_ast.h"

namespace nas {

struct ParseContext {
  SpaceAst& ast;
  std::vector<std::string> errors = {};
  std::vector<std::string> block_names = {};
  std::vector<std::string> cell_names = {};

  void fail(const Place& place, std::string_view what);
};

/// Reports every key of `map` that is not in `known`, with the nearest known one; also that it is
/// no map at all. `what` names the thing ("`repeat`").
void check_keys(ParseContext& context, const YamlNode& map, std::span<const std::string_view> known,
                std::string_view what);

/// A value: number, word, "${expression}", [list] or {choose: ...}.
[[nodiscard]] ValueNode parse_value(ParseContext& context, const YamlNode& node);

/// Every entry of a map as a named value.
[[nodiscard]] Arguments parse_arguments(ParseContext& context, const YamlNode& map);

/// Adds a choice with these options; reads `name` and `weights` beside `choose`.
[[nodiscard]] std::size_t add_choice(ParseContext& context, const YamlNode& owner, std::vector<std::string> options);

/// A list of steps, or one step alone.
[[nodiscard]] Body parse_body(ParseContext& context, const YamlNode& node);

}  // namespace nas
