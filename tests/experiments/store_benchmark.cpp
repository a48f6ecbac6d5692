// Durable results a second: asked + finished in batches, 6 genes, 2 objectives, 4 metrics.
// store_benchmark [DIRECTORY [ROUNDS [RESULTS [BATCH...]]]]: RESULTS a round and batch size, in one
// growing study a batch size; DIRECTORY is on the disk to be measured.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/commands/status.h"
#include "experiments/store/study_store.h"

namespace {

using namespace nas;

StudyDescription study_of_six_genes() {
  StudyDescription study;
  study.name = "benchmark";
  for (int i = 0; i < 6; ++i) {
    study.genes.push_back({fmt::format("cell.edge_{}", i),
                           {{"none", {}}, {"identity", {}}, {"conv1", {}}, {"conv3", {}}, {"pool3", {}}},
                           {},
                           {},
                           ""});
  }
  study.objectives = {{"val_accuracy", Direction::Maximise}, {"macs", Direction::Minimise}};
  study.evaluations = 1;
  return study;
}

AskedTrial asked(std::uint64_t id) {
  AskedTrial trial;
  trial.candidate = {CandidateId{id}, {{0, 1, 2, 3, 4, 0}}, 3, id * 0x9E3779B97F4A7C15ULL, {}, "mutation"};
  trial.asked_after = id;
  trial.computed = {{"macs", 4e6}, {"params", 5e4}};
  return trial;
}

/// Accuracies and MACs spread over their ranges, so that a front of ordinary size comes out.
FinishedTrial finished(std::uint64_t id) {
  const double accuracy = static_cast<double>(id * 0x9E3779B97F4A7C15ULL >> 11) * 0x1p-53;
  const double macs = static_cast<double>(id * 0xD1B54A32D192ED03ULL >> 40);
  FinishedTrial trial;
  trial.evaluation.id = CandidateId{id};
  trial.evaluation.metrics = {{"macs", macs}, {"params", 5e4}, {"val_accuracy", accuracy}, {"val_loss", 0.5}};
  trial.evaluation.started_at = 1.7e9;
  trial.evaluation.seconds = 1;
  trial.evaluation.worker = "host:1.0";
  trial.told_index = id;
  trial.values = {accuracy, macs};
  return trial;
}

double results_per_second(StudyStore& store, std::uint64_t& next, std::uint64_t results, std::uint64_t batch) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t done = 0; done < results; done += batch) {
    std::vector<AskedTrial> ask;
    std::vector<FinishedTrial> tell;
    for (std::uint64_t i = 0; i < batch; ++i, ++next) {
      ask.push_back(asked(next));
      tell.push_back(finished(next));
    }
    store.asked(ask);
    store.finished(tell);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(results) / seconds.count();
}

void measure_reading(const StudyStore& store, const std::filesystem::path& run) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const std::size_t trials = store.history().asked.size();
  const auto read = Clock::now();
  const std::size_t front = read_status(run).value().front;
  const std::chrono::duration<double> history_seconds = read - begin;
  const std::chrono::duration<double> status_seconds = Clock::now() - read;
  fmt::print("history of {} trials: {:.3f} s; status ({} on the front): {:.3f} s\n", trials, history_seconds.count(),
             front, status_seconds.count());
}

void measure(const std::filesystem::path& directory, std::uint64_t batch, int rounds, std::uint64_t results) {
  const std::filesystem::path path = directory / fmt::format("store-benchmark-{}", batch);
  std::filesystem::remove_all(path);
  {
    const RunDirectory run = RunDirectory::create(path).value();
    StudyStore store = StudyStore::create(run, study_of_six_genes()).value();
    std::uint64_t next = 0;
    for (int round = 0; round < rounds; ++round) {
      const double rate = results_per_second(store, next, results, batch);
      fmt::print("batch {:3}: {:8.0f} results/s up to trial {}\n", batch, rate, next);
      std::fflush(stdout);
    }
    measure_reading(store, path);
  }
  std::filesystem::remove_all(path);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  const std::uint64_t results = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 6400;
  std::vector<std::uint64_t> batches;
  for (int i = 4; i < argc; ++i) batches.push_back(std::strtoull(argv[i], nullptr, 10));
  if (batches.empty()) batches = {1, 16, 64};
  for (const std::uint64_t batch : batches) measure(directory, std::max<std::uint64_t>(batch, 1), rounds, results);
  return 0;
}
