// Writes libFuzzer's dictionary of the space language to stdout: every key and word of the table of
// constructs, every operation and argument, and what only expressions and YAML know.
#include <fmt/format.h>

#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "nas/operation.h"
#include "search_spaces/arguments.h"
#include "search_spaces/language.h"

namespace {

// What only YAML and expressions know.
constexpr std::string_view kOthers[] = {"${",         "}",
                                        "[]",         "{}",
                                        "[[",         "]]",
                                        "- ",         ": ",
                                        "\n  - ",     "&a ",
                                        "*a",         "<<: ",
                                        "!!x ",       "1e99",
                                        "1e-99",      "0x7fffffff",
                                        ".nan",       "-1",
                                        "1/0",        "^",
                                        "?",          "input.channels",
                                        "input.size", "older",
                                        "from_input", "width",
                                        "params",     "macs",
                                        "edges(",     "vertices(",
                                        "min(",       "max(",
                                        "floor(",     "round_to("};

std::set<std::string> all_words() {
  std::set<std::string> words(std::begin(kOthers), std::end(kOthers));
  for (const nas::Construct& construct : nas::constructs()) {
    for (const nas::LanguageKey& key : construct.keys) {
      words.insert(fmt::format("{}: ", key.name));
      words.insert(key.words.begin(), key.words.end());
    }
  }
  for (const nas::Operation& operation : nas::operations()) {
    words.insert(std::string(operation.name));
    for (const nas::Argument& argument : nas::arguments_of(operation)) {
      words.insert(argument.name + ": ");
      words.insert(argument.words.begin(), argument.words.end());
    }
  }
  return words;
}

}  // namespace

int main() {
  for (const std::string& word : all_words()) {
    std::string text;
    for (const char c : word) text += c == '\n' ? "\\x0a" : c == '"' ? "\\\"" : std::string(1, c);
    fmt::print("\"{}\"\n", text);
  }
}
