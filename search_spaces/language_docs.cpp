#include "search_spaces/language_docs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "search_spaces/arguments.h"
#include "search_spaces/language.h"

namespace nas {
namespace {

using Json = nlohmann::ordered_json;

Json reference(std::string_view definition) { return {{"$ref", fmt::format("#/$defs/{}", definition)}}; }
Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
Json map_of(Json values) { return {{"type", "object"}, {"additionalProperties", std::move(values)}}; }
Json any_of(std::vector<Json> alternatives) { return {{"anyOf", std::move(alternatives)}}; }

Json words_or(const std::vector<std::string_view>& words, Json other) {
  return words.empty() ? other : any_of({Json{{"enum", words}}, std::move(other)});
}

Json key_schema(const LanguageKey& key) {
  switch (key.kind) {
    case KeyKind::Text:
    case KeyKind::Name:
      return {{"type", "string"}};
    case KeyKind::Word:
      return {{"enum", key.words}};
    case KeyKind::Count:
      return {{"type", "number"}};
    case KeyKind::Flag:
      return {{"type", "boolean"}};
    case KeyKind::AnyValue:
      return reference("value");
    case KeyKind::ValueList:
      return list_of(reference("value"));
    case KeyKind::Numbers:
      return list_of(reference("value"));
    case KeyKind::OptionList:
      return any_of({list_of(any_of({reference("body"), reference("value")})), reference("range")});
    case KeyKind::Step:
      return reference("body");
    case KeyKind::Bodies:
      return list_of(reference("body"));
    case KeyKind::ValueMap:
      return map_of(Json(true));
    case KeyKind::Blocks:
      return map_of(any_of({reference("body"), reference("block")}));
    case KeyKind::Cells:
      return map_of(reference("cell definition"));
    case KeyKind::Choices:
      return map_of(reference("choice"));
    case KeyKind::Input:
      return reference("input");
    case KeyKind::Takes:
      return words_or(key.words, reference("takes"));
    case KeyKind::CellOutput:
      return words_or(key.words, reference("cell output"));
    case KeyKind::Shortcut:
      return words_or(key.words, reference("body"));
    case KeyKind::Constraints:
      return list_of({{"type", "string"}});
    case KeyKind::Architectures:
      return map_of(reference("architecture"));
  }
  return true;
}

/// `open`: further keys may stand beside these.
Json construct_schema(const Construct& construct, bool open) {
  Json schema = {{"type", "object"}, {"description", construct.summary}, {"properties", Json::object()}};
  for (const LanguageKey& key : construct.keys) {
    Json& property = schema["properties"][std::string(key.name)];
    property = key_schema(key);
    property["description"] = key.summary;
    if (key.required) schema["required"].push_back(key.name);
  }
  if (construct.is_step && !construct.nested) schema["properties"]["label"] = {{"type", "string"}};
  if (!open) schema["additionalProperties"] = false;
  return schema;
}

Json argument_schema(const Argument& argument) {
  Json schema = reference("value");
  if (argument.kind == Argument::Kind::Word) schema = any_of({Json{{"enum", argument.words}}, reference("value")});
  return schema;
}

Json operation_schema(const Operation& operation) {
  Json schema = {{"type", {"object", "null"}}, {"description", operation.summary}, {"properties", Json::object()}};
  for (const Argument& argument : arguments_of(operation)) {
    schema["properties"][argument.name] = argument_schema(argument);
    if (argument.required) schema["required"].push_back(argument.name);
  }
  schema["additionalProperties"] = false;
  return schema;
}

/// An operation, a block of the file, or a construct.
Json step_schema() {
  Json names = {{"none", Json{{"description", "the operation `zero`"}}}};
  Json steps = Json::array();
  Json words = {"none"};
  Json named = {{"type", "object"}, {"properties", {{"label", {{"type", "string"}}}}}};
  for (const Operation& operation : operations()) {
    if (operation.arity != Arity::One) continue;
    words.push_back(operation.name);
    named["properties"][std::string(operation.name)] = operation_schema(operation);
  }
  for (const Construct& construct : constructs()) {
    if (!construct.is_step) continue;
    named["properties"][std::string(construct.name)] =
        construct.nested ? any_of({construct_schema(construct, construct.name == "cell"), {{"type", "string"}}})
                         : Json(true);
    if (!construct.nested) steps.push_back(construct_schema(construct, false));
  }
  steps.push_back(std::move(named));
  steps.push_back({{"enum", std::move(words)}});
  steps.push_back({{"type", "string"}, {"description", "a block of this file"}});
  return {{"anyOf", std::move(steps)}};
}

std::string cell_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? "\\|" : std::string(1, c);
  return escaped;
}

std::string section(const Construct& construct) {
  std::string text = fmt::format("\n### {}\n\n{}.{}\n\n| key | | means |\n|---|---|---|\n", construct.name,
                                 construct.summary, construct.nested ? " Its keys stand inside." : "");
  for (const LanguageKey& key : construct.keys) {
    text += fmt::format("| `{}` | {} | {} |\n", key.name, key.required ? "required" : "", cell_text(key.summary));
  }
  return text;
}

}  // namespace

std::string language_markdown() {
  std::string text = "\n## Reference\n";
  for (const Construct& construct : constructs()) text += section(construct);
  return text;
}

Json space_schema() {
  Json schema = construct_schema(construct("space file"), false);
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "search space";
  Json& definitions = schema["$defs"];
  definitions["step"] = step_schema();
  definitions["body"] = any_of({list_of(reference("step")), reference("step")});
  definitions["choice"] = construct_schema(construct("choose"), false);
  definitions["value"] =
      any_of({{{"type", {"number", "string", "boolean"}}}, list_of(reference("value")), reference("choice")});
  for (const Construct& construct : constructs()) {
    const bool definition = !construct.is_step && construct.name != "space file";
    if (definition) definitions[std::string(construct.name)] = construct_schema(construct, false);
  }
  return schema;
}

}  // namespace nas
