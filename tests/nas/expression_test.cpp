#include "nas/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <clocale>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

double value_of(const std::string& text, const std::vector<double>& values = {}) {
  const Result<Expression> expression = Expression::parse(text);
  EXPECT_TRUE(expression.ok()) << text << ": " << (expression.ok() ? "" : expression.error().message);
  return expression.ok() ? expression->evaluate(values) : std::nan("");
}

std::string error_of(const std::string& text) {
  const Result<Expression> expression = Expression::parse(text);
  EXPECT_FALSE(expression.ok()) << text << " parsed";
  return expression.ok() ? "" : expression.error().message;
}

TEST(Expression, Arithmetic) {
  const std::vector<std::pair<std::string, double>> table = {
      {"1 + 2 * 3", 7},     {"2 ^ 3 ^ 2", 512},
      {"-2^2", -4},         {"2 ^ -1", 0.5},
      {"1e-3", 0.001},      {"2.5E+1", 25},
      {".5", 0.5},          {"3.", 3},
      {"7 / 2", 3.5},       {"(1 + 2) * 3", 9},
      {"10 - 3 - 2", 5},    {"1 < 2", 1},
      {"2 <= 1", 0},        {"1 >= 1", 1},
      {"1 == 2", 0},        {"1 != 2", 1},
      {"1 > 2 ? 3 : 4", 4}, {"1 ? 0 ? 1 : 2 : 3", 2},
      {"\t1\n+ 1 ", 2},     {"-(3)", -3},
  };
  for (const auto& [text, expected] : table) EXPECT_DOUBLE_EQ(value_of(text), expected) << text;
}

TEST(Expression, Words) {
  const std::vector<std::pair<std::string, double>> table = {
      {"1 and 0", 0},        {"1 or 0", 1},       {"1 && 1", 1},      {"0 || 0", 0},
      {"not 0", 1},          {"!0", 1},           {"!1", 0},          {"not 1 and 0", 0},
      {"not (1 and 0)", 1},  {"0 and 0 or 1", 1}, {"not 2 == 3", 1},  {"1 < 2 and 2 < 3", 1},
      {"(1)and(0)or(1)", 1}, {"!2 == 0", 1},      {"not not_now", 0}, {"1 or not 1", 1},
  };
  for (const auto& [text, expected] : table) {
    const auto values = text == "not not_now" ? std::vector<double>{1} : std::vector<double>{};
    EXPECT_DOUBLE_EQ(value_of(text, values), expected) << text;
  }
}

TEST(Expression, WordsInsideNamesStayNames) {
  const Result<Expression> expression = Expression::parse("android + order * nothing + band");
  ASSERT_TRUE(expression.ok());
  EXPECT_THAT(expression->variables(), ElementsAre("android", "band", "nothing", "order"));
  EXPECT_DOUBLE_EQ(expression->evaluate(std::vector<double>{1, 2, 3, 4}), 1 + 4 * 3 + 2);
}

TEST(Expression, Functions) {
  const std::vector<std::pair<std::string, double>> table = {
      {"min(3, 1, 2)", 1},
      {"max(3)", 3},
      {"floor(-1.5)", -2},
      {"ceil(1.2)", 2},
      {"round(2.5)", 3},
      {"round(-2.5)", -3},
      {"abs(-4)", 4},
      {"sqrt(9)", 3},
      {"log(exp(2))", 2},
      {"log2(8)", 3},
      {"log10(1000)", 3},
      {"mod(7, 3)", 1},
      {"mod(-1, 3)", 2},
      {"min(1, 2) + max(1, 2)", 3},
      {"max(min(1, 2), floor(0.5))", 1},
  };
  for (const auto& [text, expected] : table) EXPECT_DOUBLE_EQ(value_of(text), expected) << text;
}

// Of EfficientNet's reference code (round_filters): widths times a coefficient, divisor 8.
TEST(Expression, RoundToIsEfficientNets) {
  EXPECT_DOUBLE_EQ(value_of("round_to(32 * 1.1, 8)"), 32);
  EXPECT_DOUBLE_EQ(value_of("round_to(24 * 1.4, 8)"), 32);
  EXPECT_DOUBLE_EQ(value_of("round_to(40 * 1.1, 8)"), 48);  // 44 -> 48
  EXPECT_DOUBLE_EQ(value_of("round_to(3, 8)"), 8);          // at least the divisor
  EXPECT_DOUBLE_EQ(value_of("round_to(11, 8)"), 16);        // 8 would be under 90% of 11
  EXPECT_DOUBLE_EQ(value_of("round_to(1280 * 1.1, 8)"), 1408);
}

TEST(Expression, Variables) {
  const Result<Expression> expression = Expression::parse("val_accuracy * (macs / 400e6) ^ -0.07");
  ASSERT_TRUE(expression.ok());
  EXPECT_THAT(expression->variables(), ElementsAre("macs", "val_accuracy"));
  EXPECT_DOUBLE_EQ(expression->evaluate(std::vector<double>{200e6, 0.9}), 0.9 * std::pow(0.5, -0.07));
  EXPECT_DOUBLE_EQ(expression->evaluate(std::vector<double>{400e6, 0.8}), 0.8);
  EXPECT_EQ(expression->text(), "val_accuracy * (macs / 400e6) ^ -0.07");
  // In order of name: _x, e1, input.channels.
  EXPECT_DOUBLE_EQ(value_of("input.channels * 100 + e1 * 10 + _x", {1, 2, 3}), 321);
}

TEST(Expression, CopiesGiveTheSameValues) {
  const Expression original = Expression::parse("a - b").value();
  const Expression copy = original;  // NOLINT: the copy is the point
  EXPECT_DOUBLE_EQ(original.evaluate(std::vector<double>{5, 3}), 2);
  EXPECT_DOUBLE_EQ(copy.evaluate(std::vector<double>{1, 3}), -2);
}

TEST(Expression, ArithmeticMayNotBeFinite) {
  EXPECT_TRUE(std::isinf(value_of("1 / x", {0})));
  EXPECT_TRUE(std::isnan(value_of("log(x)", {-1})));
}

TEST(Expression, ErrorsSayWhatAndWhere) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "empty"},
      {"  ", "empty"},
      {"1 +", "ends too early"},
      {"1 2", "at character 3"},
      {"a b", "at character 3"},
      {"(1 + 2", "'(' is never closed at character 1"},
      {"1 + 2)", "')' without '(' at character 6"},
      {"()", "nothing between brackets"},
      {"max()", "nothing between brackets"},
      {"flor(2)", "unknown function 'flor', did you mean 'floor'"},
      {"x(2)", "unknown function 'x'"},
      {"sin(1)", "unknown function 'sin'"},
      {"max + 1", "'max' is a function"},
      {"floor(1, 2)", "floor takes 1 argument, not 2"},
      {"mod(1)", "mod takes 2 arguments, not 1"},
      {"1, 2", "',' outside a function's arguments at character 2"},
      {"max(1, (2, 3))", "',' outside a function's arguments"},
      {"a = 1", "'=' assigns nothing here, write '==' to compare at character 3"},
      {"'a'", "no quoted text"},
      {"\"a\" == 1", "no quoted text"},
      {"a % 2", "write mod(a, b)"},
      {"a & b", "write 'and' or 'or'"},
      {"2x", "'2x' is neither a number nor a name"},
      {"1.2.3", "neither a number nor a name"},
      {"a..b", "no name"},
      {"a. + 1", "no name"},
      {"a $ b", "unknown symbol '$' at character 3"},
      {"~a", "unknown symbol '~'"},
      {"1 ? 2", "'?' without ':'"},
      {"max(1,,2)", "at character 7"},
      {"* 2", "at character 1"},
  };
  for (const auto& [text, expected] : table) EXPECT_THAT(error_of(text), HasSubstr(expected)) << text;
}

TEST(Expression, PositionsCountInTheTextAsWritten) {
  EXPECT_THAT(error_of("a and b or ) c"), HasSubstr("at character 12"));
  EXPECT_THAT(error_of("a and and b"), HasSubstr("at character 7"));
}

TEST(Expression, TheLocaleDoesNotMatter) {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"}) {
    if (std::setlocale(LC_NUMERIC, name) == nullptr) continue;
    EXPECT_DOUBLE_EQ(value_of("1.5 + 1e-1"), 1.6) << name;
  }
  std::setlocale(LC_NUMERIC, before.c_str());
}

TEST(Expression, ThreadsTakeTurns) {
  const Expression expression = *Expression::parse("2 * a + b");
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&expression, &wrong, a = static_cast<double>(thread)] {
        for (double b = 0; b < 1'000'000; ++b) wrong += expression.evaluate(std::vector<double>{a, b}) != 2 * a + b;
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace nas
