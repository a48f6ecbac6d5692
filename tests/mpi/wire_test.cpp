#include "mpi/wire.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nas/rng.h"

namespace nas {
namespace {

Candidate candidate() {
  return {CandidateId{std::numeric_limits<std::uint64_t>::max()},
          {{0, 4, -1, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}},
          12,
          0xFEDCBA9876543210U,
          {CandidateId{3}, CandidateId{300}},
          "crossover",
          CandidateId{200},
          {0.75, std::numeric_limits<double>::infinity()},
          108};
}

Evaluation evaluation() {
  return {CandidateId{7},
          {{"val_accuracy", 0.875}, {"macs", 7.78e6}},
          {{1, {{"loss", 2.5}}}, {2, {}}},
          std::nullopt,
          1.75e9,
          12.5,
          "node1:2.0",
          true};
}

Evaluation failed(FailureType type) {
  Evaluation result = evaluation();
  result.metrics.clear();
  result.failure = Failure{type, "it broke", std::string("line 1\nline \0 2", 14)};
  return result;
}

std::vector<WireMessage> messages() {
  std::vector<Evaluation> evaluations{evaluation(), Evaluation{}};
  for (int type = 0; type <= static_cast<int>(FailureType::Reported); ++type) {
    evaluations.push_back(failed(static_cast<FailureType>(type)));
  }
  return {FactsMessage{{3, 2, "node1", {"0", "GPU-12ab"}, {0, 1, 64}, 1.5}},
          HelloMessage{64, "node1", "2 x H100"},
          ResultsMessage{evaluations},
          ResultsMessage{},
          TroubleMessage{"the disk is full"},
          GoodbyeMessage{},
          SetupMessage{std::string(100'000, 'x')},
          WorkMessage{{candidate(), Candidate{}}},
          StopMessage{}};
}

TEST(Wire, RoundTrip) {
  for (const WireMessage& message : messages()) {
    const Result<WireMessage> decoded = decode(encode(message));
    ASSERT_TRUE(decoded) << message.index();
    EXPECT_TRUE(*decoded == message) << message.index();
  }
}

TEST(Wire, NonFiniteNumbersSurvive) {
  Evaluation odd = evaluation();
  odd.metrics = {{"a", std::numeric_limits<double>::infinity()}, {"b", std::nan("")}, {"c", -0.0}};
  const Result<WireMessage> decoded = decode(encode(ResultsMessage{{odd}}));
  ASSERT_TRUE(decoded);
  const Metrics& metrics = std::get<ResultsMessage>(*decoded).evaluations[0].metrics;
  EXPECT_EQ(metrics.at("a"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(metrics.at("b")));
  EXPECT_TRUE(std::signbit(metrics.at("c")));
}

// The worked example of docs/wire_format.md.
TEST(Wire, WorkedExample) {
  const Candidate small{CandidateId{300}, {{2, -1}}, 3, 5, {CandidateId{1}}, "a", CandidateId{2}, {0.5}, 9};
  const std::vector<std::uint8_t> expected{0xA5, 2, 6, 1, 0xAC, 0x02, 2, 4, 1, 6, 5, 0, 0, 0, 0,    0,    0,
                                           0,    1, 1, 1, 'a',  1,    2, 1, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F, 18};
  std::vector<std::uint8_t> bytes;
  for (const std::byte byte : encode(WorkMessage{{small}})) bytes.push_back(static_cast<std::uint8_t>(byte));
  EXPECT_EQ(bytes, expected);
}

TEST(Wire, EveryTruncationIsAnError) {
  for (const WireMessage& message : messages()) {
    const std::vector<std::byte> whole = encode(message);
    if (whole.size() > 10'000) continue;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(decode(std::span(whole).first(size))) << message.index() << " cut to " << size;
    }
  }
}

TEST(Wire, TrailingBytesAreAnError) {
  std::vector<std::byte> bytes = encode(StopMessage{});
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(decode(bytes));
}

TEST(Wire, SaysWhatIsWrong) {
  std::vector<std::byte> bytes = encode(StopMessage{});
  bytes[1] = std::byte{99};
  EXPECT_EQ(decode(bytes).error().message,
            "a message of wire version 99 (this program speaks 2), start the same program on every rank");
  bytes[1] = std::byte{kWireVersion};
  bytes[2] = std::byte{200};
  EXPECT_EQ(decode(bytes).error().message, "a message of unknown kind 200");
  bytes[0] = std::byte{0};
  EXPECT_EQ(decode(bytes).error().message, "a message that is not of this program");
}

TEST(Wire, ACountThatCannotBeIsNoAllocation) {
  // Work with 2^63 candidates in 15 bytes.
  std::vector<std::byte> bytes{std::byte{0xA5}, std::byte{kWireVersion}, std::byte{6}};
  for (int i = 0; i < 9; ++i) bytes.push_back(std::byte{0x80});
  bytes.push_back(std::byte{1});
  EXPECT_FALSE(decode(bytes));
}

TEST(Wire, DamagedMessagesNeverCrash) {
  Rng rng(1, 0, Stream::Test);
  for (const WireMessage& message : messages()) {
    const std::vector<std::byte> whole = encode(message);
    if (whole.size() > 10'000) continue;
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::byte> damaged = whole;
      for (std::size_t hits = 1 + rng.index(4); hits > 0; --hits) {
        damaged[rng.index(damaged.size())] = static_cast<std::byte>(rng.below(256));
      }
      // Either an error, or a message that is written and read again the same (unless it holds NaN).
      const Result<WireMessage> decoded = decode(damaged);
      if (decoded) {
        EXPECT_EQ(encode(decode(encode(*decoded)).value()), encode(*decoded));
      }
    }
  }
}

TEST(Wire, RandomBytesNeverCrash) {
  Rng rng(2, 0, Stream::Test);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes{std::byte{0xA5}, std::byte{kWireVersion}, static_cast<std::byte>(rng.below(8))};
    for (std::size_t left = rng.index(60); left > 0; --left) bytes.push_back(static_cast<std::byte>(rng.below(256)));
    (void)decode(bytes);
  }
}

}  // namespace
}  // namespace nas
