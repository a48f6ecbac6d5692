#include "trainer/checkpoint_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "nas/durable_file.h"

namespace nas {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "epoch-";
constexpr std::string_view kSuffix = ".safetensors";
constexpr std::size_t kKept = 2;  // the one before the newest, where that is damaged

/// Five digits, so that names sort as epochs do; more where there are more.
fs::path file_of(const fs::path& folder, std::int32_t epoch) {
  return folder / fmt::format("{}{:05}{}", kPrefix, epoch, kSuffix);
}

/// Longer numbers are greater.
bool is_later(const fs::path& a, const fs::path& b) {
  const std::string left = a.filename().string();
  const std::string right = b.filename().string();
  return left.size() != right.size() ? left.size() > right.size() : left > right;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::vector<fs::path> checkpoint_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) files.push_back(entry->path());
  }
  std::ranges::sort(files, is_later);
  return files;
}

CheckpointKeeper::CheckpointKeeper(CheckpointPlan plan, const TrainingOptions& training, std::int64_t full_epochs,
                                   OnNote on_note)
    : plan_(std::move(plan)),
      every_epochs_(training.checkpoint_epochs),
      every_(std::chrono::duration<double, std::ratio<60>>(training.checkpoint_minutes)),
      epochs_(training.epochs),
      may_go_on_(full_epochs > training.epochs),
      on_note_(std::move(on_note)) {}

bool CheckpointKeeper::restore_newest(const std::function<Result<Unit>(std::string_view content)>& restore) {
  for (const fs::path& folder : {plan_.folder, plan_.continue_from}) {
    if (folder.empty()) continue;
    for (const fs::path& file : checkpoint_files(folder)) {
      const Result<Unit> restored = restore(content_of(file));
      on_note_(restored ? fmt::format("goes on from {}", file.string())
                        : fmt::format("{} is passed over: {}", file.string(), restored.error().message));
      if (restored) return true;
    }
  }
  if (!plan_.continue_from.empty()) {
    on_note_(fmt::format("there is no checkpoint to go on from in {}, trains from the start (to the same end)",
                         plan_.continue_from.string()));
  }
  return false;
}

bool CheckpointKeeper::due(std::int32_t epoch) const {
  if (plan_.folder.empty()) return false;
  if (epoch == epochs_) return may_go_on_;
  if (every_epochs_ > 0 && epoch % every_epochs_ == 0) return true;
  return every_.count() > 0 && Clock::now() - last_ >= every_;
}

Result<Unit> CheckpointKeeper::write(std::int32_t epoch, std::string_view content) const {
  std::error_code error;
  fs::create_directories(plan_.folder, error);
  if (error) return Error{fmt::format("cannot make {} ({})", plan_.folder.string(), error.message())};
  return write_durably(file_of(plan_.folder, epoch), content);
}

void CheckpointKeeper::keep(std::int32_t epoch, std::string_view content) {
  last_ = Clock::now();
  const Result<Unit> written = write(epoch, content);
  if (!written) {
    if (!said_) {
      on_note_(fmt::format("{}: the training goes on, but would begin again if it were interrupted",
                           written.error().message));
    }
    said_ = true;
    return;
  }
  const std::vector<fs::path> files = checkpoint_files(plan_.folder);
  std::error_code ignored;
  for (std::size_t i = kKept; i < files.size(); ++i) fs::remove(files[i], ignored);
}

}  // namespace nas
