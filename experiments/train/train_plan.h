// What `nas train` is to do: networks with their data and recipes, checked before anything starts.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/experiment_config.h"
#include "experiments/export/subject.h"
#include "trainer/data_options.h"
#include "trainer/training_options.h"

namespace nas {

/// One network's full training.
struct FinalTraining {
  ExportSubject subject;
  DataOptions data;
  DataDescription parts;
  std::int64_t test_records = 0;  // 0: there is no test part
  TrainingOptions training;       // `threads` may still be auto
  std::int64_t seed = 1;
};

/// Keys of `parallel:`: one network by several processes, each on its share of every batch.
struct ParallelOptions {
  std::int64_t processes = 1;
  bool sync_batch_norm = true;

  static constexpr std::int64_t kAll = 0;  // as many as there are slots
};

/// Keys of `network:`.
struct NetworkOptions {
  std::string interface = kAuto;

  static constexpr const char* kAuto = "auto";
};

struct TrainPlan {
  std::vector<FinalTraining> trainings;  // at least one; names of subjects differ
  Resources resources;
  ParallelOptions parallel;
  NetworkOptions network;
  LogOptions log;
  std::vector<std::string> notes;  // for people
};

/// What a plan is made from.
struct TrainRequest {
  std::filesystem::path file;     // may be empty with `front`
  std::filesystem::path front;    // a run: every member of its front; empty: what the file's `architecture` names
  std::vector<std::string> sets;  // key.path=value
};

/// The file's keys: `architecture`, `parameters`, `data`, `training`, `seed`, `resources`, `parallel`, `network`,
/// `log`. With a run, its data and its candidate's recipe are where the file begins: `data` replaces the run's as a
/// whole, each key of `training` that one of the run. Error: all that is wrong, a line each with
/// its place.
[[nodiscard]] Result<TrainPlan> plan_training(const TrainRequest& request);

/// Why so many processes can't share a batch; empty: they can.
[[nodiscard]] std::optional<std::string> fault_of_batch(std::int64_t batch_size, std::int64_t processes);

/// Whatever decides about the result, for a second start to compare with.
[[nodiscard]] nlohmann::json settled_json(const TrainPlan& plan);

/// Keys of a training file with their help, for people.
[[nodiscard]] std::string train_file_help();

}  // namespace nas
