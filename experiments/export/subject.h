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

/// Its full training by `nas train`.
struct TrainedRecipe {
  nlohmann::json training;  // resolved, hyperparameters in it
  nlohmann::json data;
  Metrics metrics;
  std::int64_t validation_examples = 0;
  std::int64_t test_examples = 0;  // 0: there was no test part
  std::int64_t seed = 0;
};

struct ExportSubject {
  std::string name;   // of its directory: "resnet18", "candidate-17"
  std::string title;  // one line for people
  ArchitectureSource source;
  BuiltArchitecture built;
  std::optional<RunOrigin> origin;
  std::optional<TrainedRecipe> trained = {};
};

/// How it was trained: fully, else in the search, else what its genes say; resolved as far as known.
[[nodiscard]] nlohmann::json training_of(const ExportSubject& subject);
/// On which data; an empty object if nobody knows.
[[nodiscard]] nlohmann::json data_of(const ExportSubject& subject);

/// Which candidates of a run.
struct CandidateChoice {
  enum class Kind { Candidate, Front, Knee, Best };
  Kind kind = Kind::Front;
  CandidateId id{};         // of Candidate
  std::string metric = {};  // of Best
};

/// `more` goes over the parameters and the input that the run had. Error: no run, a candidate that
/// failed or does not exist, an unknown metric, a space that has changed since, a scaling that the
/// space forbids.
[[nodiscard]] Result<std::vector<ExportSubject>> subjects_of_run(const std::filesystem::path& run,
                                                                 const CandidateChoice& choice,
                                                                 const SpaceOverrides& more);

/// "17". Error: says what lists the candidates.
[[nodiscard]] Result<CandidateId> candidate_id_from(const std::string& text);

/// A network without a run. `space`: a name of the library or a path; `network`: the name of one of
/// its architectures, or a genotype. Error: what is wrong with the space, the name or `overrides`.
[[nodiscard]] Result<ExportSubject> subject_of_space(const std::string& space, const std::string& network,
                                                     SpaceOverrides overrides);

/// Of an architecture.yaml, with `more` over what it says.
[[nodiscard]] Result<ExportSubject> subject_of_file(const std::filesystem::path& file, const SpaceOverrides& more);

}  // namespace nas
