// What is to be exported: a network, and where it comes from.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiments/export/architecture_file.h"
#include "experiments/store/study.h"

namespace nas {

/// A candidate of a run.
struct RunOrigin {
  std::filesystem::path run;
  StudyDescription study;
  StoredTrial trial;
  std::vector<StoredTrial> ancestors;  // first parents, the nearest first
  nlohmann::json config;               // resolved
  bool on_front = false;
  std::int64_t validation_examples = 0;  // 0: unknown
};

struct ExportSubject {
  std::string name;   // of its directory: "resnet18", "candidate-17"
  std::string title;  // one line for people
  ArchitectureSource source;
  BuiltArchitecture built;
  std::optional<RunOrigin> origin;
};

/// Which candidates of a run.
struct CandidateChoice {
  enum class Kind { Candidate, Front, Knee, Best };
  Kind kind = Kind::Front;
  CandidateId id{};    // of Candidate
  std::string metric;  // of Best
};

/// `more` goes over the parameters and the input that the run had. Error: no run, a candidate that
/// failed or does not exist, an unknown metric, a space that has changed since, a scaling that the
/// space forbids.
[[nodiscard]] Result<std::vector<ExportSubject>> subjects_of_run(const std::filesystem::path& run,
                                                                 const CandidateChoice& choice,
                                                                 const SpaceOverrides& more);

}  // namespace nas
