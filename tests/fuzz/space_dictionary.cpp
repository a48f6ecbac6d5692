// Writes libFuzzer's dictionary of the space language to stdout: every key and word of the table of
// constructs, every operation and argument, and what only expressions and YAML know.
#include <fmt/format.h>

#include <set>
#include <string>

#include "nas/operation.h"
#include "search_spaces/arguments.h"
#include "search_spaces/language.h"

int main() {
  std::set<std::string> words = {"${",
                                 "}",
                                 "[]",
                                 "{}",
                                 "[[",
                                 "]]",
                                 "- ",
                                 ": ",
                                 "\n  - ",
                                 "&a ",
                                 "*a",
                                 "<<: ",
                                 "!!x ",
                                 "1e99",
                                 "1e-99",
                                 "0x7fffffff",
                                 ".nan",
                                 "-1",
                                 "1/0",
                                 "^",
                                 "?",
                                 "depthwise",
                                 "input.channels",
                                 "input.size",
                                 "older",
                                 "from_input",
                                 "width",
                                 "params",
                                 "macs",
                                 "edges(",
                                 "vertices(",
                                 "min(",
                                 "max(",
                                 "floor(",
                                 "round_to("};
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
  for (const std::string& word : words) {
    std::string text;
    for (const char c : word) text += c == '\n' ? "\\x0a" : c == '"' ? "\\\"" : std::string(1, c);
    fmt::print("\"{}\"\n", text);
  }
}
