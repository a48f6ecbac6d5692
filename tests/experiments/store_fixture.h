// Small studies for the tests of the store and of the commands that read it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "experiments/store/study_store.h"

namespace nas::testing {

/// Removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "nas-store-XXXXXX").string();
    NAS_CHECK(mkdtemp(name.data()) != nullptr, "no temporary directory");
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

/// Gene `op` of two words, gene `width` of two numbers, and gene `kernel`, active only for op conv.
inline StudyDescription small_study() {
  StudyDescription study;
  study.name = "small";
  study.space = "toy";
  study.genes = {{"op", {{"conv", {}}, {"pool", {}}}, {}, {}, ""},
                 {"width", {{"8", 8.0}, {"0.5", 0.5}}, {0.25, 0.75}, {}, ""},
                 {"kernel", {{"3", 3.0}, {"5", 5.0}}, {}, {{{0, {0}}}}, ""}};
  study.objectives = {{"val_accuracy", Direction::Maximise}, {"macs", Direction::Minimise}};
  study.constraints = {"val_loss <= 2"};
  study.config_text = R"({"seed": 7})";
  study.seed = 7;
  study.evaluations = 10;
  study.program_version = "0.1.0";
  return study;
}

inline AskedTrial asked_trial(std::uint64_t id, std::vector<std::int32_t> genes, std::uint64_t asked_after = 0) {
  AskedTrial trial;
  trial.candidate.id = CandidateId{id};
  trial.candidate.genotype = {std::move(genes)};
  trial.candidate.budget = 3;
  trial.candidate.full_budget = 3;
  trial.candidate.seed = 0x8000000000000001ULL + id;  // beyond SQLite's signed integers
  trial.candidate.origin = "sample";
  trial.asked_after = asked_after;
  trial.computed = {{"macs", 100.0 + static_cast<double>(id)}, {"params", 10}};
  return trial;
}

inline FinishedTrial finished_trial(std::uint64_t id, std::uint64_t told_index, double accuracy, double macs) {
  FinishedTrial trial;
  trial.evaluation.id = CandidateId{id};
  trial.evaluation.metrics = {{"macs", macs}, {"params", 10}, {"val_accuracy", accuracy}, {"val_loss", 1.5}};
  trial.evaluation.curve = {{1, {{"val_accuracy", accuracy / 2}, {"val_loss", 2.5}}},
                            {2, {{"val_accuracy", accuracy}, {"val_loss", 1.5}}}};
  trial.evaluation.started_at = 1'700'000'000.25;
  trial.evaluation.seconds = 1.5;
  trial.evaluation.worker = "host:1.0";
  trial.told_index = told_index;
  trial.values = {accuracy, macs};
  trial.constraints = {-0.5};
  return trial;
}

inline FinishedTrial failed_trial(std::uint64_t id, std::uint64_t told_index, FailureType type) {
  FinishedTrial trial;
  trial.evaluation.id = CandidateId{id};
  trial.evaluation.failure = Failure{type, "what \"went\" wrong", "last line\nof \xff the log"};
  trial.evaluation.seconds = 0.25;
  trial.evaluation.worker = "host:2.0";
  trial.told_index = told_index;
  return trial;
}

inline void ask(StudyStore& store, const std::vector<AskedTrial>& trials) { store.asked(trials); }
inline void tell(StudyStore& store, const std::vector<FinishedTrial>& trials) { store.finished(trials); }

/// A run that others may read while this lives, and its writer.
struct OpenRun {
  RunDirectory directory;
  StudyStore store;
};

inline OpenRun start_run(const std::filesystem::path& path, const StudyDescription& study = small_study()) {
  RunDirectory directory = RunDirectory::create(path).value();
  directory.write_config("seed: 7\n");
  StudyStore store = StudyStore::create(directory, study).value();
  return {std::move(directory), std::move(store)};
}

}  // namespace nas::testing
