#include "trainer/preprocessing.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace nas {
namespace {

Preprocessing table() {
  Preprocessing made{.task = TaskKind::Regression, .input = {.channels = 5}, .element = ElementType::Float32};
  made.inputs = {{0.1, 1, 2, 3, 1.0 / 3}, {0, -1, 0.5, 0, 0}};
  made.missing = true;
  made.targets = {{0.5}, {-2}};
  made.names = {"price"};
  made.columns = {{"kind", {"a", "b", "c"}, false}, {"width", {}, true}};
  return made;
}

Preprocessing images() {
  Preprocessing made{.task = TaskKind::Segmentation, .input = {3, 2, {96, 64, 1}}};
  made.axes = "nchw";
  made.array = "images";
  made.inputs = {{0.01, 0.02, 0.03}, {-1, -2, -3}};
  made.classes = 2;
  made.names = {"background"};
  return made;
}

std::string error_of(const nlohmann::json& json) {
  const auto read = preprocessing_from_json(json);
  return read ? "read" : read.error().message;
}

TEST(Preprocessing, ReadsBackAsItWas) {
  for (const Preprocessing& made : {table(), images()}) {
    const auto text = preprocessing_to_json(made).dump();
    const auto read = preprocessing_from_json(nlohmann::json::parse(text));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, made);
  }
}

TEST(Preprocessing, NamesOrNumbersOfClasses) {
  EXPECT_EQ(images().name_of(0), "background");
  EXPECT_EQ(images().name_of(1), "1");
}

TEST(Preprocessing, SaysWhatIsWrong) {
  const nlohmann::json good = preprocessing_to_json(images());
  const auto with = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json changed = good;
    changed[key] = value;
    return error_of(changed);
  };
  EXPECT_NE(with("preprocessing", 2).find("another version"), std::string::npos);
  EXPECT_NE(with("task", "segmentaton").find("segmentation"), std::string::npos);
  EXPECT_NE(with("element", "float64").find("expected uint8"), std::string::npos);
  EXPECT_NE(with("classes", 0).find("classes"), std::string::npos);
  EXPECT_NE(with("input", {{"channels", 0}, {"size", {4, 4}}}).find("input"), std::string::npos);
  EXPECT_NE(with("input", {{"channels", 3}, {"size", {4, 4, 4, 4}}}).find("three sizes"), std::string::npos);
  EXPECT_NE(with("inputs", {{"scale", {1, 2}}, {"offset", {0, 0}}}).find("3 channels"), std::string::npos);
  EXPECT_NE(with("columns", {{{"name", "a"}}}).find("1 features"), std::string::npos);
  EXPECT_NE(error_of({{"preprocessing", 1}}).find("not what nas export writes"), std::string::npos);
  EXPECT_NE(error_of(nlohmann::json::array()).find("not what nas export writes"), std::string::npos);
  nlohmann::json regression = preprocessing_to_json(table());
  regression["targets"]["scale"] = {0};
  EXPECT_NE(error_of(regression).find("can't be undone"), std::string::npos);
  regression.erase("targets");
  EXPECT_NE(error_of(regression).find("targets: missing"), std::string::npos);
}

}  // namespace
}  // namespace nas
