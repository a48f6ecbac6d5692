#include "nas/objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace nas {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

Expression parsed(const std::string& text) { return Expression::parse(text).value(); }

double excess(const std::string& limit, const Metrics& metrics) {
  const Result<Limit> parsed_limit = parse_limit(limit);
  EXPECT_TRUE(parsed_limit.ok()) << limit;
  return evaluate(parsed_limit->excess, metrics).value_or(std::numeric_limits<double>::quiet_NaN());
}

TEST(Limit, ExcessIsPositiveWhereItIsNotMet) {
  EXPECT_DOUBLE_EQ(excess("params <= 2e6", {{"params", 3e6}}), 1e6);
  EXPECT_DOUBLE_EQ(excess("params <= 2e6", {{"params", 2e6}}), 0);
  EXPECT_DOUBLE_EQ(excess("accuracy >= 0.9", {{"accuracy", 0.8}}), 0.9 - 0.8);
  EXPECT_LT(excess("accuracy >= 0.9", {{"accuracy", 0.95}}), 0);
}

TEST(Limit, StrictOnesAreNotMetByEquality) {
  EXPECT_GT(excess("params < 5", {{"params", 5}}), 0);
  EXPECT_LT(excess("params < 5", {{"params", 4}}), 0);
  EXPECT_GT(excess("params > 5", {{"params", 5}}), 0);
  EXPECT_DOUBLE_EQ(excess("params > 5", {{"params", 3}}), 2);
}

TEST(Limit, MustBeOneComparison) {
  for (const char* text : {"params", "1 <= params <= 2", "a < 1 and b < 2", "a == 1", "a ? b : c <= 3", "not a < 1"}) {
    const Result<Limit> limit = parse_limit(text);
    ASSERT_FALSE(limit.ok()) << text;
    EXPECT_THAT(limit.error().message, HasSubstr("no single comparison")) << text;
  }
  EXPECT_THAT(parse_limit("params <= ").error().message, HasSubstr("ends too early"));
  EXPECT_TRUE(parse_limit("(a < 1) + (b < 2) >= 2").ok());
}

TEST(Objective, MissingOrNotFiniteIsNoValue) {
  const Expression expression = parsed("a / b");
  EXPECT_THAT(evaluate(expression, {{"a", 6}, {"b", 3}}), Optional(DoubleEq(2)));
  EXPECT_EQ(evaluate(expression, {{"a", 6}}), std::nullopt);
  EXPECT_EQ(evaluate(expression, {{"a", 6}, {"b", 0}}), std::nullopt);
  EXPECT_EQ(evaluate(expression, {{"a", std::numeric_limits<double>::quiet_NaN()}, {"b", 1}}), std::nullopt);
}

TEST(Objective, ValuesAreTheUsersAndMinimisedTheSearchs) {
  const std::vector<Objective> objectives = {{Direction::Maximise, parsed("accuracy")},
                                             {Direction::Minimise, parsed("macs / 1e6")}};
  const Metrics metrics = {{"accuracy", 0.9}, {"macs", 5e6}, {"other", 1}};
  const auto values = objective_values(objectives, metrics);
  ASSERT_TRUE(values);
  EXPECT_THAT(*values, ElementsAre(0.9, 5));
  EXPECT_THAT(minimised(objectives, *values), ElementsAre(-0.9, 5));
  EXPECT_EQ(objective_values(objectives, {{"accuracy", 0.9}}), std::nullopt);
  EXPECT_EQ(objectives[1].name(), "macs / 1e6");
}

TEST(Objective, CanEvaluateNeedsEveryVariable) {
  EXPECT_TRUE(can_evaluate(parsed("a + b"), {"b", "a", "c"}));
  EXPECT_FALSE(can_evaluate(parsed("a + b"), {"a"}));
  EXPECT_TRUE(can_evaluate(parsed("1"), {}));
}

}  // namespace
}  // namespace nas
