#include "experiments/train/train_directory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "experiments/store/run_directory.h"
#include "nas/durable_file.h"
#include "nas/read_file.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kRendezvous = ".processes-";

json read_json(const fs::path& file) {
  const auto text = read_file(file);
  return json::parse(text ? *text : std::string(), nullptr, /*allow_exceptions=*/false);
}

std::optional<Error> fault_of(const fs::path& path, RunStart start) {
  std::error_code failed;
  const bool is_there = fs::exists(path / train_files::kSettled, failed);
  if (start == RunStart::Resume && !is_there) {
    return Error{fmt::format("{} holds no training to go on with (no {})", path.string(), train_files::kSettled)};
  }
  if (start == RunStart::New && is_there) {
    return Error{
        fmt::format("{} holds a training, --resume goes on with it, --run DIR takes another place", path.string())};
  }
  if (!is_there && fs::exists(path, failed) && !fs::is_empty(path, failed)) {
    return Error{fmt::format("{} is no empty directory, name another one with --run", path.string())};
  }
  return {};
}

void set_open(TrainPlan& plan, std::int64_t threads, const std::string& energy) {
  for (FinalTraining& training : plan.trainings) {
    if (training.training.threads == TrainingOptions::kAutoThreads) training.training.threads = threads;
    if (training.training.energy.source == "auto") training.training.energy.source = energy;
  }
}

std::string word_of_this_start() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("{}-{}", std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), getpid());
}

}  // namespace

TrainDirectory::TrainDirectory(fs::path path, RunLock lock)
    : path_(std::move(path)), lock_(std::move(lock)), start_(word_of_this_start()) {}

Result<TrainDirectory> TrainDirectory::open(fs::path path, RunStart start) {
  if (auto fault = fault_of(path, start)) return std::move(*fault);
  std::error_code failed;
  fs::create_directories(path / run_files::kLogs, failed);
  if (!failed) fs::create_directories(path / run_files::kCheckpoints, failed);
  if (failed) return Error{fmt::format("{} can't be made: {}", path.string(), failed.message())};
  auto lock = RunLock::take(path / run_files::kLock);
  if (!lock) return lock.error();
  if (!*lock) return Error{fmt::format("another process trains in {}", path.string())};
  return TrainDirectory(std::move(path), std::move(**lock));
}

Result<Unit> TrainDirectory::settle(TrainPlan& plan, std::int64_t threads, const std::string& energy) const {
  const fs::path file = path_ / train_files::kSettled;
  std::error_code failed;
  if (fs::exists(file, failed)) return compare(plan);
  set_open(plan, threads, energy);
  return write_durably(file, settled_json(plan).dump(1) + "\n");
}

Result<Unit> TrainDirectory::compare(TrainPlan& plan) const {
  const json stored = read_json(path_ / train_files::kSettled);
  try {
    for (FinalTraining& training : plan.trainings) {
      const json& then = stored.at(training.subject.name).at("training");
      TrainingOptions& open = training.training;
      if (open.threads == TrainingOptions::kAutoThreads) open.threads = then.at("threads").get<std::int64_t>();
      if (open.energy.source == "auto") open.energy.source = then.at("energy").get<std::string>();
    }
    const json now = settled_json(plan);
    std::vector<std::string> changed;
    for (const json& change : json::diff(stored, now)) changed.push_back(change.at("path").get<std::string>());
    if (changed.empty()) return Unit{};
    return Error{fmt::format("{} was begun with other settings, go back to them or start anew with --run: {}",
                             path_.string(), fmt::join(changed, ", "))};
  } catch (const json::exception&) {
    return Error{fmt::format("{} is damaged or of other networks, start anew with --run",
                             (path_ / train_files::kSettled).string())};
  }
}

fs::path TrainDirectory::logs() const { return path_ / run_files::kLogs; }

fs::path TrainDirectory::checkpoints(const std::string& name) const { return path_ / run_files::kCheckpoints / name; }

fs::path TrainDirectory::rendezvous(const std::string& name) const {
  return path_ / run_files::kCheckpoints / fmt::format("{}{}{}", name, kRendezvous, start_);
}

void TrainDirectory::remove_rendezvous() const {
  std::error_code failed;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(path_ / run_files::kCheckpoints, failed)) {
    if (entry.path().filename().string().find(kRendezvous) != std::string::npos) old.push_back(entry.path());
  }
  for (const fs::path& file : old) fs::remove(file, failed);
}

}  // namespace nas
