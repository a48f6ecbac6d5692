#include "mpi/child_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nas {
namespace {

using ::testing::HasSubstr;
using Kind = ChildMessage::Kind;

constexpr CandidateId kSeven{7};

TEST(ChildProtocol, Kinds) {
  const std::pair<const char*, Kind> table[] = {
      {"", Kind::Text},
      {"Epoch 1 done", Kind::Text},
      {"[1, 2]", Kind::Text},
      {"{'id': 7}", Kind::Text},
      {R"({"id": 7)", Kind::Text},
      {R"({"id": 7, "epoch": 0})", Kind::Started},
      {R"({"id": 7, "epoch": 2, "metrics": {"loss": 1}})", Kind::Progress},
      {R"(  {"id": 7, "metrics": {"loss": 1}}  )", Kind::Answer},
      {R"({"id": 7, "metrics": {}})", Kind::Answer},
      {R"({"id": 7, "error": "no"})", Kind::Failed},
      {R"({"id": 7, "interrupted": true})", Kind::Interrupted},
      {R"({"id": 8, "interrupted": true})", Kind::Malformed},
      {R"({"id": 7, "interrupted": false})", Kind::Malformed},
      {R"({"id": 8, "metrics": {}})", Kind::Malformed},
      {R"({"id": "7", "metrics": {}})", Kind::Malformed},
      {R"({"id": -7, "metrics": {}})", Kind::Malformed},
      {R"({"metrics": {}})", Kind::Malformed},
      {R"({"id": 7})", Kind::Malformed},
      {R"({"id": 7, "metrics": 3})", Kind::Malformed},
      {R"({"id": 7, "metrics": {"a": true}})", Kind::Malformed},
      {R"({"id": 7, "metrics": {}, "stopped": "yes"})", Kind::Malformed},
      {R"({"id": 7, "epoch": -1})", Kind::Malformed},
      {R"({"id": 7, "epoch": 1.5})", Kind::Malformed},
      {R"({"id": 7, "epoch": 99999999999})", Kind::Malformed},
  };
  for (const auto& [line, kind] : table) {
    EXPECT_EQ(static_cast<int>(parse_child_line(line, kSeven).kind), static_cast<int>(kind)) << line;
  }
}

TEST(ChildProtocol, AnIdleChildHasNothingToSay) {
  const ChildMessage message = parse_child_line(R"({"id": 7, "metrics": {}})", std::nullopt);
  EXPECT_EQ(message.kind, Kind::Malformed);
  EXPECT_EQ(message.failure.message, "a line about candidate 7 while none is being evaluated");
}

TEST(ChildProtocol, MetricsThatAreNotFiniteAreMissing) {
  const Metrics one{{"a", 1.0}};
  EXPECT_EQ(parse_child_line(R"({"id": 7, "metrics": {"a": 1, "b": null}})", kSeven).metrics, one);
  EXPECT_EQ(parse_child_line(R"({"id": 7, "metrics": {"a": 1, "b": NaN, "c": -Infinity}})", kSeven).metrics, one);
  EXPECT_EQ(parse_child_line(R"({"id": 7, "metrics": {"NaN": 1, "\"NaN": NaN}})", kSeven).metrics,
            (Metrics{{"NaN", 1.0}}));
}

TEST(ChildProtocol, AnAnswerMaySayThatItWasStopped) {
  EXPECT_TRUE(parse_child_line(R"({"id": 7, "metrics": {}, "stopped": true})", kSeven).stopped);
  EXPECT_FALSE(parse_child_line(R"({"id": 7, "metrics": {}, "stopped": false})", kSeven).stopped);
  EXPECT_FALSE(parse_child_line(R"({"id": 7, "metrics": {}})", kSeven).stopped);
}

TEST(ChildProtocol, ATracebackIsToldByItsLastLine) {
  const Failure failure = parse_child_line(R"({"id": 7, "error": "Trace:\n x\nValueError: 3\n"})", kSeven).failure;
  EXPECT_EQ(failure, (Failure{FailureType::Reported, "ValueError: 3", "Trace:\n x\nValueError: 3\n"}));
  EXPECT_EQ(parse_child_line(R"({"id": 7, "error": "short"})", kSeven).failure,
            (Failure{FailureType::Reported, "short", ""}));
  EXPECT_FALSE(parse_child_line(R"({"id": 7, "error": ""})", kSeven).failure.message.empty());
}

TEST(ChildProtocol, DeepNestingIsHarmless) {
  const std::string deep = R"({"id": 7, "x": )" + std::string(200'000, '[');
  EXPECT_EQ(parse_child_line(deep, kSeven).kind, Kind::Text);
  EXPECT_EQ(parse_child_line(deep + std::string(200'000, ']') + R"(, "metrics": {"a": 2}})", kSeven).metrics,
            (Metrics{{"a", 2.0}}));
}

TEST(ChildProtocol, EndsInWords) {
  EXPECT_EQ(describe_end(3 << 8), "exit code 3");
  EXPECT_EQ(describe_end(11), "SIGSEGV (segmentation fault)");
  EXPECT_EQ(describe_end(9), "SIGKILL (killed, perhaps for lack of memory)");
}

TEST(ChildProtocol, LastLines) {
  EXPECT_EQ(last_lines("", 3), "");
  EXPECT_EQ(last_lines("a", 3), "a");
  EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc");
  EXPECT_EQ(last_lines("a\nb\nc", 3), "a\nb\nc");
  EXPECT_EQ(last_lines("a\n\nc\n\n", 2), "\nc");
}

TEST(ChildProtocol, QuotesAndRepairs) {
  EXPECT_EQ(quotable("a\x01z\nb"), "a\\x01z");
  EXPECT_EQ(quotable("abcdef", 3), "abc...");
  EXPECT_EQ(valid_utf8("gr\xC3\xBC\xC3n"), "gr\xC3\xBC\xEF\xBF\xBDn");
}

}  // namespace
}  // namespace nas
