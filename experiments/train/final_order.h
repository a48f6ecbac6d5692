// What a rank needs to train its places of full trainings, and the evaluator that it makes of it. Rank 0 makes the
// order; the others get it as text.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/train/places.h"
#include "mpi/transport.h"
#include "mpi/worker.h"
#include "nas/evaluator.h"
#include "nas/result.h"

namespace nas {

/// The network interface of one machine with itself.
inline constexpr const char* kLoopback = "lo";

struct FinalOrder {
  std::vector<nlohmann::json> jobs;          // by training: its job line but for what differs between its places
  std::vector<std::string> rendezvous = {};  // by training: where the processes of an attempt find each other begins so
  std::string data_words = {};               // data_in_words of rank 0: the same data for all
  std::int64_t processes = 1;
  bool sync_batch_norm = true;
  std::string interface = {};
  std::string log_folder = {};
  std::int64_t threads = 1;  // CPU threads a slot
  std::int64_t seconds_of_silence = 60;
  std::vector<PlannedSlot> slots = {};  // of this rank
};

[[nodiscard]] std::string encode(const FinalOrder& order);
/// Error: the text is not what encode gave (another version of the program).
[[nodiscard]] Result<FinalOrder> decode_final_order(std::string_view text);

/// The job of one place (docs/command_protocol.md).
[[nodiscard]] std::string job_line(const FinalOrder& order, CandidateId id);

/// Error: this machine has no network interface of this name.
[[nodiscard]] Result<Unit> check_interface(const std::string& name);

/// Trainers on the slots of this rank. Error: there is no trainer, or no such network interface where several
/// processes train one network.
[[nodiscard]] Result<std::unique_ptr<Evaluator>> make_trainers(
    const FinalOrder& order, int rank, std::function<void(CandidateId, const CurvePoint&)> on_epoch);

/// A rank other than 0: facts up, order down, then trains until told to stop.
[[nodiscard]] Departure serve_training(Transport& transport, const RankFacts& own);

}  // namespace nas
