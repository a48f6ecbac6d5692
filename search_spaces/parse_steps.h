// The parsers of the constructs that a step may be. Each fills `step`, whose place is set; keys,
// words and required keys have been checked by the table of search_spaces/language.h.
#pragma once

#include <string_view>
#include <vector>

#include "search_spaces/parse_context.h"

namespace nas {

/// Of `choose`, `sum`, ...: `node` is the whole step. Of nested constructs: what is inside.
void parse_join(ParseContext& context, const YamlNode& node, Step& step);
void parse_residual(ParseContext& context, const YamlNode& node, Step& step);
void parse_repeat(ParseContext& context, const YamlNode& node, Step& step);
void parse_split(ParseContext& context, const YamlNode& node, Step& step);
void parse_as(ParseContext& context, const YamlNode& node, Step& step);
void parse_from(ParseContext& context, const YamlNode& node, Step& step);
void parse_output(ParseContext& context, const YamlNode& node, Step& step);

/// A list of bodies; `what` names it in errors.
[[nodiscard]] std::vector<Body> parse_bodies(ParseContext& context, const YamlNode& node, std::string_view what);

}  // namespace nas
