// What the parts of the space parser share: the tree being built, the names known so far and the
// errors found so far.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search_spaces/language.h"
#include "search_spaces/space_ast.h"

namespace nas {

struct ParseContext {
  SpaceAst& ast;
  std::vector<std::string> errors = {};
  std::vector<std::string> block_names = {};
  std::vector<std::string> cell_names = {};

  /// Does nothing once there are too many errors to be read.
  void fail(const Place& place, std::string_view what);
  [[nodiscard]] bool is_full() const;
};

/// Reports every key of `map` that the construct does not have, with the nearest known one, every
/// required key that is missing, and words that are none of a key's; also that it is no map at all.
/// A step may have a `label` besides. `what` names the thing in errors; empty: by the construct.
void check_keys(ParseContext& context, const YamlNode& map, const Construct& construct, std::string_view what = {});

/// Reports a value that is none of the key's words. `title` names the map.
void check_word(ParseContext& context, const YamlNode& value, const LanguageKey& key, std::string_view title);

/// Whether `map` has this word at this key; check_keys has reported wrong words.
[[nodiscard]] bool has_word(const YamlNode& map, std::string_view key, std::string_view word);

/// A value: number, word, "${expression}", [list] or {choose: ...}. `what` is what errors about it
/// begin with: "`conv`: channels".
[[nodiscard]] ValueNode parse_value(ParseContext& context, const YamlNode& node, const std::string& what);

/// Every entry of a map as a named value. `what` names the map in errors.
[[nodiscard]] Arguments parse_arguments(ParseContext& context, const YamlNode& map, const std::string& what);

/// Adds a choice with these options; reads `name` and `weights` beside `choose`.
[[nodiscard]] std::size_t add_choice(ParseContext& context, const YamlNode& owner, std::vector<std::string> options);

/// A list of steps, or one step alone.
[[nodiscard]] Body parse_body(ParseContext& context, const YamlNode& node);

/// {channels, size}: the channels, then the sizes.
[[nodiscard]] std::vector<ValueNode> parse_input(ParseContext& context, const YamlNode& node);

/// Names and parameters first, bodies afterwards: cells and blocks may use one another in any order.
void declare_cells(ParseContext& context, const YamlNode& node);
void parse_cells(ParseContext& context, const YamlNode& node);

/// Reports blocks and cells that contain themselves. REQUIRES: no errors so far.
void check_recursion(ParseContext& context);

void parse_constraints(ParseContext& context, const YamlNode& node);
void parse_architectures(ParseContext& context, const YamlNode& node);

}  // namespace nas
