// The constructs of the space language and their keys: the parser checks keys by this table, the
// JSON Schema for editors and the reference in docs/spaces.md are generated from it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace nas {

/// What may stand behind a key.
enum class KeyKind {
  Text,          // free text
  Name,          // a name, also with "${expression}" parts
  Word,          // one of the key's words
  Count,         // a whole number, fixed
  Flag,          // true or false
  AnyValue,      // a number, a word, an expression, a list or a choice
  ValueList,     // a list of values
  Numbers,       // a list of numbers
  OptionList,    // a list of values or steps, or a range
  Step,          // a body, or one step
  Bodies,        // a list of bodies
  ValueMap,      // values by name
  Blocks,        // bodies by name, or {parameters, body}
  Cells,         // cells by name
  Choices,       // choices by name
  Input,         // {channels, size}
  Takes,         // all, {choose: k}, {choose: any}
  CellOutput,    // last, {concat: ...}
  Shortcut,      // identity, none or a body
  Constraints,   // a list of expressions
  Architectures  // {choices, parameters, input} by name
};

struct LanguageKey {
  std::string_view name;
  KeyKind kind;
  bool required;
  std::string_view summary;
  std::vector<std::string_view> words = {};  // Word; also words allowed beside another kind
};

/// A map of the language: a step, a value, a definition or the file itself.
struct Construct {
  std::string_view name;
  std::string_view summary;
  bool is_step;  // may stand in a body; then `label` may stand beside its keys
  bool nested;   // a step whose keys are inside: `repeat: {times: ...}`
  std::vector<LanguageKey> keys;
};

/// All of them, in the order of the reference.
[[nodiscard]] std::span<const Construct> constructs();
/// REQUIRES: there is one of this name.
[[nodiscard]] const Construct& construct(std::string_view name);

}  // namespace nas
