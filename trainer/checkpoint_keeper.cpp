#include "trainer/checkpoint_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "nas/durable_file.h"

namespace nas {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "epoch-";
constexpr std::string_view kStep = "-step-";
constexpr std::string_view kSuffix = ".safetensors";
constexpr std::size_t kKept = 2;  // the one before the newest, where that is damaged

/// Epochs done, and steps of the next one.
using Place = std::pair<std::int64_t, std::int64_t>;

std::string file_name(std::int32_t epoch, std::int64_t steps) {
  const std::string step = steps > 0 ? fmt::format("{}{:07}", kStep, steps) : std::string();
  return fmt::format("{}{:05}{}{}", kPrefix, epoch, step, kSuffix);
}

/// None of a file that is no checkpoint, or is not whole yet.
std::optional<Place> place_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  const std::string_view numbers =
      std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
  const std::size_t dash = numbers.find(kStep);
  Place place;
  const auto read = [](std::string_view digits, std::int64_t& into) {
    const char* const end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, into);
    return result.ec == std::errc() && result.ptr == end;
  };
  if (!read(numbers.substr(0, dash), place.first)) return std::nullopt;
  if (dash != std::string_view::npos && !read(numbers.substr(dash + kStep.size()), place.second)) return std::nullopt;
  return place;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::vector<fs::path> checkpoint_files(const fs::path& folder) {
  std::vector<std::pair<Place, fs::path>> placed;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (const auto place = place_of(entry->path().filename().string())) placed.emplace_back(*place, entry->path());
  }
  std::sort(placed.begin(), placed.end(), std::greater<>());
  std::vector<fs::path> files;
  for (auto& [place, file] : placed) files.push_back(std::move(file));
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
  if (epoch == epochs_) return may_go_on_ || plan_.keep_end;
  return (every_epochs_ > 0 && epoch % every_epochs_ == 0) || minutes_are_over();
}

bool CheckpointKeeper::due_within_epoch() const { return keeps() && minutes_are_over(); }

Result<Unit> CheckpointKeeper::write(const std::string& name, std::string_view content) const {
  std::error_code error;
  fs::create_directories(plan_.folder, error);
  if (error) return Error{fmt::format("cannot make {} ({})", plan_.folder.string(), error.message())};
  return write_durably(plan_.folder / name, content);
}

void CheckpointKeeper::keep(std::int32_t epoch, std::int64_t steps, std::string_view content) {
  last_ = Clock::now();
  const Result<Unit> written = write(file_name(epoch, steps), content);
  if (!written) {
    if (!said_) {
      on_note_(fmt::format("{}: the training goes on, but would begin again if it were interrupted",
                           written.error().message));
    }
    said_ = true;
    return;
  }
  // Those that are farther were passed over: damaged, or of another training or format.
  const std::vector<fs::path> files = checkpoint_files(plan_.folder);
  const std::ptrdiff_t mine = std::ranges::find(files, plan_.folder / file_name(epoch, steps)) - files.begin();
  std::error_code ignored;
  for (std::ptrdiff_t i = 0; i < std::ssize(files); ++i) {
    const bool kept = i >= mine && i < mine + std::ptrdiff_t{kKept};
    if (!kept) fs::remove(files[static_cast<std::size_t>(i)], ignored);
  }
}

}  // namespace nas
