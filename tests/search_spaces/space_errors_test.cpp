// Every mistake in a space file is answered with file, line, column, construct and remedy.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "search_spaces/language.h"
#include "search_spaces/text_space.h"
#include "tests/search_spaces/space_error_rows.h"

namespace nas {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What `nas space validate` would find wrong with the text.
std::string answer(const std::string& text) {
  const auto root = parse_yaml(text, "t.yaml");
  if (!root) return root.error().message;
  const auto space = TextSpace::make(*root);
  if (!space) return space.error().message;
  if ((*space)->has_network()) {
    if (const auto checked = check_networks(**space); !checked) return checked.error().message;
  }
  for (const std::string& name : (*space)->architectures()) {
    if (const auto built = build_architecture(*root, name); !built) return built.error().message;
  }
  return "no error";
}

std::vector<SpaceErrorRow> all_rows() {
  std::vector<SpaceErrorRow> rows;
  for (const auto part : {space_errors_top(), space_errors_steps()}) rows.insert(rows.end(), part.begin(), part.end());
  return rows;
}

TEST(SpaceErrors, NamePlaceConstructAndRemedy) {
  for (const SpaceErrorRow& row : all_rows()) EXPECT_EQ(answer(std::string(row.text)), row.error) << row.text;
}

TEST(SpaceErrors, EveryConstructAndKeyHasAMistake) {
  const auto rows = all_rows();
  for (const Construct& construct : constructs()) {
    for (const LanguageKey& key : construct.keys) {
      const bool found = std::any_of(rows.begin(), rows.end(), [&](const SpaceErrorRow& row) {
        return row.construct == construct.name && row.key == key.name;
      });
      EXPECT_TRUE(found) << construct.name << ": " << key.name;
    }
  }
}

TEST(SpaceErrors, ComeAtOnceUpToAPage) {
  std::string text = "space: t\ninput: {channels: 4}\nnetwork:\n";
  for (int i = 0; i < 200; ++i) text += "  - relux\n";
  const std::string found = answer(text);
  EXPECT_THAT(found, StartsWith("t.yaml:4:5: unknown operation or block 'relux', did you mean 'relu'?\nt.yaml:5:5: "));
  EXPECT_THAT(found, HasSubstr("only the first 50 errors are shown"));
  EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), 50);
}

TEST(SpaceErrors, NestingAndAliasesEnd) {
  const std::string deep = "space: t\nnetwork: " + std::string(1000, '[') + std::string(1000, ']') + "\n";
  EXPECT_EQ(answer(deep), "t.yaml:2:73: nested deeper than 64 levels");
  std::string aliases = "space: t\na0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) aliases += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
  EXPECT_EQ(answer(aliases), "t.yaml:18:6: more than 1000000 values, those that aliases copy included");
}

}  // namespace
}  // namespace nas
