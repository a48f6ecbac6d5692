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
inline constexpr std::uint8_t kWireVersion = 4;

/// A lease: one handing-out of one candidate to one worker. Never used twice in a run.
using LeaseNumber = std::uint64_t;

struct Handout {
  LeaseNumber lease = 0;
  Candidate candidate;
  bool operator==(const Handout&) const = default;
};

struct LeasedResult {
  LeaseNumber lease = 0;
  Evaluation evaluation;
  bool operator==(const LeasedResult&) const = default;
};

// Worker to coordinator.
struct FactsMessage {  // what this rank's machine has; sent first, until something is answered
  RankFacts facts;
  bool operator==(const FactsMessage&) const = default;
};
struct StatusMessage {  // heartbeat; the first one says that the worker is ready
  std::int32_t slots = 0;
  std::uint64_t letter = 0;  // number of the last WorkMessage that arrived
  std::vector<LeaseNumber> held = {};
  bool operator==(const StatusMessage&) const = default;
};
struct ResultsMessage {
  std::vector<LeasedResult> results;
  bool operator==(const ResultsMessage&) const = default;
};
struct ReturnedMessage {  // candidates that were called back; no result of them comes
  std::vector<LeaseNumber> leases;
  bool operator==(const ReturnedMessage&) const = default;
};
struct TroubleMessage {  // this rank cannot go on; one line for a person
  std::string message;
  bool operator==(const TroubleMessage&) const = default;
};
struct GoodbyeMessage {  // the last message of a rank, answer to Stop
  bool operator==(const GoodbyeMessage&) const = default;
};

struct CurveMessage {  // a point of a learning curve as it comes; epoch 0: training begins
  CandidateId id{};
  CurvePoint point;
  bool operator==(const CurveMessage&) const = default;
};

// Coordinator to worker.
struct SetupMessage {  // what to evaluate and how; the text is the program's business
  std::string text;
  bool operator==(const SetupMessage&) const = default;
};
struct WorkMessage {
  std::uint64_t letter = 0;  // 1, 2, 3, ... for each worker
  std::vector<Handout> handouts;
  bool operator==(const WorkMessage&) const = default;
};
struct WithdrawMessage {  // call these back
  std::vector<LeaseNumber> leases;
  bool only_waiting = false;  // leave those that have begun
  bool operator==(const WithdrawMessage&) const = default;
};
struct AliveMessage {            // the coordinator's heartbeat
  double seconds_per_epoch = 0;  // Evaluator::limit_time; 0: none yet
  bool operator==(const AliveMessage&) const = default;
};
struct SetAsideMessage {  // Evaluator::set_aside
  std::string worker;
  bool operator==(const SetAsideMessage&) const = default;
};
struct StopMessage {
  bool ranks_lost = false;  // MPI_Finalize would wait for them: leave without it
  bool operator==(const StopMessage&) const = default;
};

/// The index of an alternative is its code on the wire.
using WireMessage =
    std::variant<FactsMessage, StatusMessage, ResultsMessage, ReturnedMessage, TroubleMessage, GoodbyeMessage,
                 SetupMessage, WorkMessage, WithdrawMessage, AliveMessage, SetAsideMessage, StopMessage, CurveMessage>;

[[nodiscard]] std::vector<std::byte> encode(const WireMessage& message);

/// The last step of encode: puts the length of the content into the header and the checksum behind
/// it. REQUIRES: at least a header of 7 bytes, less than 4 GiB.
void seal(std::vector<std::byte>& message);

/// Error: another version, truncated, changed on the way, or no message at all. Safe on any bytes.
[[nodiscard]] Result<WireMessage> decode(std::span<const std::byte> bytes);

}  // namespace nas
