// The lines that cross between a trainer and its parent. Format in docs/command_protocol.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "nas/candidate.h"
#include "nas/result.h"
#include "trainer/data_options.h"
#include "trainer/final_evaluation.h"
#include "trainer/train.h"

namespace nas {

struct Job {
  TrainingJob training;
  DataOptions data;
  FinalPlan end;                        // empty for a candidate of a search
  std::filesystem::path preprocessing;  // where to write down what is done to the data; empty: nowhere
};

/// From a job's line, already parsed. Keys of other consumers (genotype, choices, continues)
/// are passed over; params and macs are what a stop rule may name. Error: what is missing or wrong, all at once where
/// it can be.
[[nodiscard]] Result<Job> job_from_json(const nlohmann::json& line);

/// Of a line {"id": 7, "interrupt": true}: the id of the job that is to keep a checkpoint and end.
[[nodiscard]] std::optional<nlohmann::json> interrupted_job(const nlohmann::json& line);

// The answers, without a newline. Numbers that are not finite become null.
[[nodiscard]] std::string epoch_line(const nlohmann::json& id, std::int32_t epoch, const Metrics& metrics);
/// `energy_source`: of its figures of energy; none: there are none.
[[nodiscard]] std::string result_line(const nlohmann::json& id, const TrainingResult& result,
                                      std::string_view energy_source);
/// In place of a result: the training was left as it was asked to be, and an equal job goes on from its checkpoint.
[[nodiscard]] std::string interrupted_line(const nlohmann::json& id);
/// `failure` is left out where the error is none of the typed ones.
[[nodiscard]] std::string error_line(const nlohmann::json& id, std::string_view message,
                                     std::optional<FailureType> failure);

}  // namespace nas
