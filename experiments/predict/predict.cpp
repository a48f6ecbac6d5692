#include "experiments/predict/predict.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "experiments/export/run_program.h"
#include "experiments/predict/answers.h"
#include "experiments/search/local_evaluator.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

/// A folder beside the answers, gone in the end.
class DraftFolder {
 public:
  static Result<DraftFolder> create(const fs::path& out) {
    const fs::path parent = fs::absolute(out).parent_path();
    const fs::path path = parent / fmt::format(".{}.new-{}", out.filename().string(), getpid());
    std::error_code failed;
    if (!fs::is_directory(parent, failed)) {
      return Error{fmt::format("--out {}: there is no directory {}, make it first", out.string(), parent.string())};
    }
    fs::create_directory(path, failed);
    if (failed)
      return Error{fmt::format("--out {}: {} can't be written: {}", out.string(), parent.string(), failed.message())};
    return DraftFolder(path);
  }
  ~DraftFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  DraftFolder(DraftFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  DraftFolder& operator=(DraftFolder&&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  explicit DraftFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

Result<Unit> check_targets(const std::vector<AnswerFile>& files, PredictOptions::Existing existing) {
  std::error_code failed;
  for (const AnswerFile& file : files) {
    if (fs::is_directory(file.target, failed)) return Error{fmt::format("{} is a directory", file.target.string())};
    if (existing == PredictOptions::Existing::Replace || !fs::exists(file.target, failed)) continue;
    return Error{fmt::format("{} exists, --force replaces it", file.target.string())};
  }
  return Unit{};
}

Result<Unit> compute(const PredictRequest& request) {
  const auto trainer = find_trainer();
  if (!trainer) return trainer.error();
  const auto outcome = run_program({*trainer, "--predict"}, predict_request_to_json(request).dump(), request.folder);
  if (!outcome) return outcome.error();
  if (outcome->exit_code == 0) return Unit{};
  std::string said = outcome->errors.substr(0, outcome->errors.find('\n'));
  if (said.empty()) said = fmt::format("nas-trainer ended with exit code {} and said nothing", outcome->exit_code);
  if (outcome->exit_code > 128) said += ", was it short of memory? A smaller --memory or --tile needs less";
  return Error{std::move(said)};
}

std::vector<std::string> exits_of(const Network& network) {
  std::vector<std::string> names;
  for (const Exit& exit : network.exits) names.push_back(exit.name);
  return names;
}

Result<Unit> put_in_place(const std::vector<AnswerFile>& files) {
  for (const AnswerFile& file : files) {
    std::error_code failed;
    fs::rename(file.draft, file.target, failed);
    if (failed) return Error{fmt::format("{} can't be put in place: {}", file.target.string(), failed.message())};
  }
  return Unit{};
}

}  // namespace

Result<PredictReport> predict(const PredictOptions& options) {
  const auto model = open_model(options.model);
  if (!model) return model.error();
  auto plan = plan_prediction(*model, options);
  if (!plan) return plan.error();
  // Names first: nothing is begun that could not be kept.
  const auto names = answer_files(*plan, options, {});
  if (!names) return names.error();
  if (const auto free = check_targets(*names, options.existing); !free) return free.error();
  const auto draft = DraftFolder::create(options.out);
  if (!draft) return draft.error();
  plan->request.folder = draft->path();
  const auto files = answer_files(*plan, options, draft->path());
  if (!files) return files.error();
  if (const auto computed = compute(plan->request); !computed) return computed.error();
  const auto written = write_answers(*plan, *files, exits_of(model->built.network));
  if (!written) return written.error();
  if (const auto placed = put_in_place(*files); !placed) return placed.error();
  PredictReport report{{}, plan->notes};
  for (const AnswerFile& file : *files) report.files.push_back(file.target);
  return report;
}

}  // namespace nas
