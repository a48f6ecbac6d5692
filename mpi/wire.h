// The messages between the coordinator and the workers, and their binary form
// (docs/wire_format.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "mpi/node_plan.h"
#include "nas/candidate.h"
#include "nas/result.h"

namespace nas {

/// Raised whenever the form of any message changes; all ranks must agree.
inline constexpr std::uint8_t kWireVersion = 2;

// Worker to coordinator, in this order.
struct FactsMessage {  // what this rank's machine has; sent once, first
  RankFacts facts;
  bool operator==(const FactsMessage&) const = default;
};
struct HelloMessage {  // ready for candidates
  std::int32_t slots = 0;
  std::string host;
  std::string description;
  bool operator==(const HelloMessage&) const = default;
};
struct ResultsMessage {
  std::vector<Evaluation> evaluations;
  bool operator==(const ResultsMessage&) const = default;
};
struct TroubleMessage {  // this rank cannot go on; one line for a person
  std::string message;
  bool operator==(const TroubleMessage&) const = default;
};
struct GoodbyeMessage {  // the last message of a rank, answer to Stop
  bool operator==(const GoodbyeMessage&) const = default;
};

// Coordinator to worker.
struct SetupMessage {  // what to evaluate and how; the text is the program's business
  std::string text;
  bool operator==(const SetupMessage&) const = default;
};
struct WorkMessage {
  std::vector<Candidate> candidates;
  bool operator==(const WorkMessage&) const = default;
};
struct StopMessage {
  bool operator==(const StopMessage&) const = default;
};

/// The index of an alternative is its code on the wire: append only.
using WireMessage = std::variant<FactsMessage, HelloMessage, ResultsMessage, TroubleMessage, GoodbyeMessage,
                                 SetupMessage, WorkMessage, StopMessage>;

[[nodiscard]] std::vector<std::byte> encode(const WireMessage& message);

/// Error: another version, truncated, or no message at all. Safe on any bytes.
[[nodiscard]] Result<WireMessage> decode(std::span<const std::byte> bytes);

}  // namespace nas
