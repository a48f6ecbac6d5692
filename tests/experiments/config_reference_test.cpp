#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "experiments/config/algorithm_prose.h"
#include "experiments/config/algorithm_reference.h"
#include "experiments/config/experiment_config.h"
#include "experiments/config/read_experiment.h"
#include "experiments/config/reference.h"
#include "experiments/config/shipped_files.h"
#include "nas/operation_docs.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

/// The file in docs/, written anew first if NAS_WRITE_DOCS=1.
std::string document(const std::string& name, const std::string& expected) {
  const std::string path = std::string(NAS_DOCS_DIR) + "/" + name;
  const char* write = std::getenv("NAS_WRITE_DOCS");
  if (write != nullptr && std::string(write) == "1") std::ofstream(path) << expected;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

constexpr const char* kRemedy = "run this test with NAS_WRITE_DOCS=1 and review the difference";

TEST(Reference, PageIsUpToDate) {
  EXPECT_EQ(document("configuration.md", options_markdown()), options_markdown()) << kRemedy;
}

TEST(Reference, AlgorithmsAreUpToDate) {
  EXPECT_EQ(document("algorithms.md", algorithms_markdown()), algorithms_markdown()) << kRemedy;
}

TEST(Reference, EveryAlgorithmIsDescribedWithItsOptions) {
  const std::string page = algorithms_markdown();
  for (const AlgorithmRow& row : algorithms()) {
    EXPECT_FALSE(prose_of(row.name).what.empty()) << row.name << " is missing in algorithm_prose.cpp";
    EXPECT_FALSE(prose_of(row.name).when.empty()) << row.name;
    EXPECT_THAT(page, HasSubstr("### " + row.name + "\n"));
    const std::unique_ptr<AlgorithmConfig> config = row.make_config();
    for (const Option& option : config->options())
      EXPECT_THAT(page, HasSubstr("| `" + option.name + "` |")) << row.name;
  }
}

TEST(Reference, TheShortestAlgorithmIsShownAsItIs) {
  std::ostringstream source;
  source << std::ifstream(std::string(NAS_DOCS_DIR) + "/../nas/algorithms/random.cpp").rdbuf();
  EXPECT_THAT(source.str(), ::testing::EndsWith("\n" + std::string(shortest_algorithm())));
}

TEST(Reference, OperationsAreUpToDate) {
  EXPECT_EQ(document("operations.md", operations_markdown()), operations_markdown()) << kRemedy;
}

TEST(Reference, SchemaIsUpToDate) {
  const std::string text = options_schema().dump(2) + "\n";
  EXPECT_EQ(document("experiment.schema.json", text), text) << kRemedy;
}

TEST(Reference, EveryKeyIsInAllThree) {
  const nlohmann::json properties = options_schema()["properties"];
  EXPECT_EQ(properties.size(), experiment_keys().size());
  for (const std::string& key : experiment_keys()) {
    EXPECT_TRUE(properties.contains(key)) << key;
    EXPECT_THAT(options_markdown(), HasSubstr("`" + key)) << key;
    EXPECT_THAT(options_help(), HasSubstr(key));
  }
  for (const AlgorithmRow& row : algorithms()) EXPECT_THAT(options_markdown(), HasSubstr("`algorithm`: `" + row.name));
}

TEST(Reference, RowsBecomeTypesRangesAndDefaults) {
  const nlohmann::json properties = options_schema()["properties"];
  const nlohmann::json training = properties["training"]["properties"];
  EXPECT_EQ(training["epochs"]["type"], "integer");
  EXPECT_EQ(training["epochs"]["minimum"], 1);
  EXPECT_EQ(training["epochs"]["default"], TrainingOptions{}.epochs);
  EXPECT_EQ(training["flip"]["type"], "boolean");
  EXPECT_EQ(training["optimizer"]["enum"], (std::vector<std::string>{"sgd", "adamw", "rmsprop"}));
  EXPECT_EQ(properties["resources"]["properties"]["workers"]["anyOf"][1]["const"], "auto");
  EXPECT_EQ(properties["limits"]["items"]["type"], "string");
  EXPECT_EQ(properties["training"]["additionalProperties"], false);
}

}  // namespace
}  // namespace nas
