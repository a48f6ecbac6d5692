#include "nas/option.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace nas {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

struct Sample {
  bool shuffle = true;
  std::int64_t epochs = 3;
  std::int64_t workers = 0;
  double rate = 0.1;
  std::string set = "cifar10";
  std::vector<std::string> tags = {"a"};

  Options options() {
    return {{.name = "shuffle", .target = &shuffle, .help = "whether examples are shuffled"},
            {.name = "epochs", .target = &epochs, .help = "epochs", .min = 1, .max = 1000},
            {.name = "workers", .target = &workers, .help = "workers", .min = 1, .word = "auto", .word_value = 0},
            {.name = "rate", .target = &rate, .help = "learning rate", .min = 0, .max = 1},
            {.name = "set", .target = &set, .help = "data set", .choices = {"cifar10", "cifar100", "mnist"}},
            {.name = "tags", .target = &tags, .help = "words"}};
  }
};

const Option& row(const Options& options, const std::string& name) {
  for (const Option& option : options) {
    if (option.name == name) return option;
  }
  throw std::invalid_argument(name);
}

std::string problem(const std::string& name, const Json& value) {
  Sample sample;
  const auto result = set_option(row(sample.options(), name), value);
  return result.ok() ? "it was taken" : result.error().message;
}

TEST(SetOption, TakesItsType) {
  Sample sample;
  const Json json = {{"shuffle", false}, {"epochs", 1000}, {"workers", "auto"},
                     {"rate", 1},        {"set", "mnist"}, {"tags", Json::array({"x", "y"})}};
  sample.workers = 5;
  ASSERT_TRUE(options_from_json(sample.options(), json).ok());
  EXPECT_FALSE(sample.shuffle);
  EXPECT_EQ(sample.epochs, 1000);
  EXPECT_EQ(sample.workers, 0);
  EXPECT_EQ(sample.rate, 1);
  EXPECT_EQ(sample.set, "mnist");
  EXPECT_EQ(sample.tags, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(options_to_json(sample.options()), Json({{"shuffle", false},
                                                     {"epochs", 1000},
                                                     {"workers", "auto"},
                                                     {"rate", 1.0},
                                                     {"set", "mnist"},
                                                     {"tags", {"x", "y"}}}));
}

TEST(SetOption, WholeNumbersWrittenAsReals) {
  Sample sample;
  ASSERT_TRUE(set_option(row(sample.options(), "epochs"), Json(1e2)).ok());
  EXPECT_EQ(sample.epochs, 100);
  EXPECT_EQ(problem("epochs", 1.5), "expected an integer from 1 to 1000, got 1.5");
}

TEST(SetOption, ErrorsSayWhatWasExpected) {
  EXPECT_EQ(problem("epochs", "abc"), "expected an integer from 1 to 1000, got 'abc'");
  EXPECT_EQ(problem("epochs", 0), "expected an integer from 1 to 1000, got 0");
  EXPECT_EQ(problem("epochs", 1001), "expected an integer from 1 to 1000, got 1001");
  EXPECT_EQ(problem("epochs", 18446744073709551615u), "expected an integer from 1 to 1000, got 18446744073709551615");
  EXPECT_EQ(problem("epochs", nullptr), "expected an integer from 1 to 1000, got null");
  EXPECT_EQ(problem("epochs", true), "expected an integer from 1 to 1000, got true");
  EXPECT_EQ(problem("epochs", 1e300), "expected an integer from 1 to 1000, got 1e+300");
  EXPECT_EQ(problem("workers", 0), "expected an integer of at least 1 or 'auto', got 0");
  EXPECT_EQ(problem("workers", "all"), "expected an integer of at least 1 or 'auto', got 'all'");
  EXPECT_EQ(problem("rate", -0.5), "expected a number from 0 to 1, got -0.5");
  EXPECT_EQ(problem("rate", "0.5"), "expected a number from 0 to 1, got '0.5'");
  EXPECT_EQ(problem("rate", std::numeric_limits<double>::quiet_NaN()), "expected a number from 0 to 1, got null");
  EXPECT_EQ(problem("shuffle", 1), "expected true or false, got 1");
  EXPECT_EQ(problem("set", "cifra10"),
            "expected one of cifar10, cifar100, mnist, got 'cifra10', did you mean 'cifar10'?");
  EXPECT_EQ(problem("set", "imagenet"), "expected one of cifar10, cifar100, mnist, got 'imagenet'");
  EXPECT_EQ(problem("set", 10), "expected a text, got 10");
  EXPECT_EQ(problem("tags", "x"), "expected a list of texts, got 'x'");
  EXPECT_EQ(problem("tags", Json::array({1})), "expected a text, got 1");
}

TEST(SetOption, ShowsHostileTextOnOneLine) {
  EXPECT_EQ(problem("rate", "a\nb"), "expected a number from 0 to 1, got 'a\\nb'");
  std::string umlauts = "x";
  for (int i = 0; i < 100; ++i) umlauts += "\xC3\xA4";
  EXPECT_NO_THROW((void)Json(problem("rate", umlauts)).dump());
  EXPECT_NO_THROW((void)Json(problem("rate", "\xFF\xFE")).dump());
}

TEST(OptionsFromJson, NamesEveryProblem) {
  Sample sample;
  const auto result = options_from_json(sample.options(), {{"epocs", 3}, {"rate", 2}, {"shuffle", false}});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message,
            "unknown key 'epocs', did you mean 'epochs'?\nrate: expected a number from 0 to 1, got 2");
  EXPECT_EQ(options_from_json(sample.options(), Json::array()).error().message, "expected a map of options, got []");
}

TEST(DescribeType, ForHelp) {
  Sample sample;
  const Options options = sample.options();
  EXPECT_EQ(describe_type(row(options, "shuffle")), "true or false");
  EXPECT_EQ(describe_type(row(options, "epochs")), "integer, 1 to 1000");
  EXPECT_EQ(describe_type(row(options, "workers")), "integer, at least 1, or `auto`");
  EXPECT_EQ(describe_type(row(options, "rate")), "number, 0 to 1");
  EXPECT_EQ(describe_type(row(options, "set")), "one of cifar10, cifar100, mnist");
  EXPECT_EQ(describe_type(row(options, "tags")), "list of texts");
}

TEST(NearestName, IsASlipAway) {
  const std::vector<std::string> names = {"epochs", "batch_size", "learning_rate", "lr", "seed"};
  EXPECT_EQ(nearest_name("epocs", names), "epochs");
  EXPECT_EQ(nearest_name("Epochs", names), "epochs");
  EXPECT_EQ(nearest_name("batchsize", names), "batch_size");
  EXPECT_EQ(nearest_name("leraning_rate", names), "learning_rate");
  EXPECT_EQ(nearest_name("learnin_raet", names), "learning_rate");
  EXPECT_EQ(nearest_name("sede", names), "seed");
  EXPECT_EQ(nearest_name("momentum", names), std::nullopt);
  EXPECT_EQ(nearest_name("xy", names), std::nullopt);
  EXPECT_EQ(nearest_name("", names), std::nullopt);
  EXPECT_EQ(nearest_name("seed", {}), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100000, 'x'), names), std::nullopt);
}

TEST(Suggest, TheNearestOrAll) {
  EXPECT_EQ(suggest("sead", {"seed", "set"}), ", did you mean 'seed'?");
  EXPECT_EQ(suggest("momentum", {"seed", "set"}), ", known: seed, set");
  EXPECT_EQ(suggest("momentum", {}), "");
  EXPECT_THAT(suggest("momentum", std::vector<std::string>(1000, "x")), HasSubstr("x, ..."));
}

}  // namespace
}  // namespace nas
