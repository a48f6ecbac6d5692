#include "search_spaces/language_docs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "search_spaces/language.h"
#include "search_spaces/text_space.h"

namespace nas {
namespace {

const std::string kPage = std::string(NAS_DOCS_DIR) + "/spaces.md";
const std::string kSchema = std::string(NAS_DOCS_DIR) + "/space.schema.json";
constexpr std::string_view kMarker = "from here on. -->\n";
constexpr const char* kRemedy = "run this test with NAS_WRITE_DOCS=1 and review the difference";

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool writes_docs() {
  const char* write = std::getenv("NAS_WRITE_DOCS");
  return write != nullptr && std::string(write) == "1";
}

std::string guide() {
  const std::string page = text_of(kPage);
  return page.substr(0, page.find(kMarker) + kMarker.size());
}

/// The ```yaml blocks of the page. What a file needs and an example leaves out is added.
std::vector<std::string> examples() {
  constexpr std::string_view kBegin = "```yaml\n";
  std::vector<std::string> found;
  const std::string page = text_of(kPage);
  for (auto at = page.find(kBegin); at != std::string::npos; at = page.find(kBegin, at + 1)) {
    const auto begin = at + kBegin.size();
    std::string example = page.substr(begin, page.find("```", begin) - begin);
    if (!example.starts_with("space:")) example = "space: example\ninput: {channels: 3, size: [32, 32]}\n" + example;
    found.push_back(std::move(example));
  }
  return found;
}

TEST(LanguageDocs, ReferenceIsUpToDate) {
  if (writes_docs()) {
    const std::string before = guide();
    std::ofstream(kPage) << before << language_markdown();
  }
  EXPECT_EQ(text_of(kPage), guide() + language_markdown()) << kRemedy;
}

TEST(LanguageDocs, SchemaIsUpToDate) {
  const std::string schema = space_schema().dump(2) + "\n";
  if (writes_docs()) std::ofstream(kSchema) << schema;
  EXPECT_EQ(text_of(kSchema), schema) << kRemedy;
}

TEST(LanguageDocs, EveryExampleIsASpace) {
  EXPECT_GE(examples().size(), 7U);
  for (const std::string& example : examples()) {
    const auto tree = parse_yaml(example, "example");
    ASSERT_TRUE(tree.ok()) << tree.error().message << "\n" << example;
    const auto space = TextSpace::make(*tree);
    ASSERT_TRUE(space.ok()) << space.error().message << "\n" << example;
    const auto checked = check_networks(**space);
    EXPECT_TRUE(checked.ok()) << checked.error().message << "\n" << example;
    for (const std::string& name : (*space)->architectures()) {
      const auto built = build_architecture(*tree, name);
      ASSERT_TRUE(built.ok()) << built.error().message;
      EXPECT_TRUE(built->space->decode(built->genotype).ok()) << name;
    }
  }
}

TEST(LanguageDocs, EveryStepOfTheLanguageStandsInAnExample) {
  std::string all;
  for (const std::string& example : examples()) all += example;
  for (const Construct& construct : constructs()) {
    if (!construct.is_step) continue;
    EXPECT_NE(all.find(std::string(construct.name) + ":"), std::string::npos) << construct.name;
  }
}

}  // namespace
}  // namespace nas
