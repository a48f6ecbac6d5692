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

constexpr std::size_t kHeader = 7;
constexpr std::size_t kChecksum = 4;

/// With the right length and checksum, whatever the content.
std::vector<std::byte> sealed(std::vector<std::byte> bytes) {
  seal(bytes);
  return bytes;
}

std::vector<std::byte> without_checksum(std::vector<std::byte> bytes) {
  bytes.erase(bytes.end() - static_cast<std::ptrdiff_t>(kChecksum), bytes.end());
  return bytes;
}

std::vector<WireMessage> messages() {
  std::vector<LeasedResult> results{{1, evaluation()}, {std::numeric_limits<LeaseNumber>::max(), Evaluation{}}};
  for (int type = 0; type <= static_cast<int>(FailureType::Reported); ++type) {
    results.push_back({300, failed(static_cast<FailureType>(type))});
  }
  return {FactsMessage{{3, 2, "node1", {"0", "GPU-12ab"}, {0, 1, 64}, 1.5, 1LL << 36, "nas 1.2.3 search x.yaml"}},
          StatusMessage{64, 12, {3, 400}},
          ResultsMessage{results},
          ResultsMessage{},
          ReturnedMessage{{5, 6}},
          TroubleMessage{"the disk is full"},
          GoodbyeMessage{},
          SetupMessage{std::string(100'000, 'x')},
          WorkMessage{9, {{1, candidate()}, {2, Candidate{}}}},
          WithdrawMessage{{7, 8}, true},
          AliveMessage{0.25},
          SetAsideMessage{"node1:2.0"},
          StopMessage{true},
          CurveMessage{CandidateId{300}, {7, {{"val_accuracy", 0.5}}}},
          CurveMessage{CandidateId{1}, {}}};
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
  const Result<WireMessage> decoded = decode(encode(ResultsMessage{{{1, odd}}}));
  ASSERT_TRUE(decoded);
  const Metrics& metrics = std::get<ResultsMessage>(*decoded).results[0].evaluation.metrics;
  EXPECT_EQ(metrics.at("a"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(metrics.at("b")));
  EXPECT_TRUE(std::signbit(metrics.at("c")));
}

// The worked example of docs/wire_format.md.
TEST(Wire, WorkedExample) {
  const Candidate small{CandidateId{300}, {{2, -1}}, 3, 5, {CandidateId{1}}, "a", CandidateId{2}, {0.5}, 9};
  const std::vector<std::uint8_t> expected{0xA5, 4, 7, 33, 0, 0, 0, 1,    1,    40, 0xAC, 0x02, 2,    4,   1,
                                           6,    5, 0, 0,  0, 0, 0, 0,    0,    1,  1,    1,    'a',  1,   2,
                                           1,    0, 0, 0,  0, 0, 0, 0xE0, 0x3F, 18, 0x25, 0xF6, 0x6D, 0xC4};
  std::vector<std::uint8_t> bytes;
  for (const std::byte byte : encode(WorkMessage{1, {{40, small}}})) bytes.push_back(static_cast<std::uint8_t>(byte));
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
  std::vector<std::byte> bytes = without_checksum(encode(StopMessage{}));
  bytes[2] = std::byte{200};
  EXPECT_EQ(decode(sealed(bytes)).error().message, "a message of unknown kind 200");
  bytes[1] = std::byte{99};
  EXPECT_EQ(decode(sealed(bytes)).error().message,
            "a message of wire version 99 (this program speaks 4), start the same program on every rank");
  bytes[0] = std::byte{0};
  EXPECT_EQ(decode(sealed(bytes)).error().message, "a message that is not of this program");
}

// A CRC of 32 bits finds every change within 32 neighbouring bits.
TEST(Wire, EveryChangeOfOneByteIsNoticed) {
  for (const WireMessage& message : messages()) {
    const std::vector<std::byte> whole = encode(message);
    if (whole.size() > 10'000) continue;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const int change : {1, 0x80, 0xFF}) {
        std::vector<std::byte> damaged = whole;
        damaged[at] ^= static_cast<std::byte>(change);
        EXPECT_FALSE(decode(damaged)) << message.index() << " at " << at;
      }
    }
  }
}

TEST(Wire, ACountThatCannotBeIsNoAllocation) {
  // Work with 2^63 candidates in a few bytes.
  std::vector<std::byte> bytes{std::byte{0xA5}, std::byte{kWireVersion}, std::byte{7}};
  bytes.resize(kHeader);
  bytes.push_back(std::byte{1});  // letter
  for (int i = 0; i < 9; ++i) bytes.push_back(std::byte{0x80});
  bytes.push_back(std::byte{1});
  EXPECT_EQ(decode(sealed(bytes)).error().message, "a damaged message of kind 7 and 22 bytes");
}

TEST(Wire, NonsenseWithARightChecksumNeverCrashes) {
  Rng rng(1, 0, Stream::Test);
  for (const WireMessage& message : messages()) {
    const std::vector<std::byte> whole = without_checksum(encode(message));
    if (whole.size() > 10'000) continue;
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::byte> damaged = whole;
      for (std::size_t hits = 1 + rng.index(4); hits > 0; --hits) {
        damaged[rng.index(damaged.size())] = static_cast<std::byte>(rng.below(256));
      }
      // Either an error, or a message that is written and read again the same (unless it holds NaN).
      const Result<WireMessage> decoded = decode(sealed(damaged));
      if (decoded) {
        EXPECT_EQ(encode(decode(encode(*decoded)).value()), encode(*decoded));
      }
    }
  }
}

TEST(Wire, RandomBytesNeverCrash) {
  Rng rng(2, 0, Stream::Test);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes{std::byte{0xA5}, std::byte{kWireVersion},
                                 static_cast<std::byte>(rng.below(std::variant_size_v<WireMessage>))};
    bytes.resize(kHeader);
    for (std::size_t left = rng.index(60); left > 0; --left) bytes.push_back(static_cast<std::byte>(rng.below(256)));
    (void)decode(sealed(bytes));
  }
}

}  // namespace
}  // namespace nas
