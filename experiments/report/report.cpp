#include "experiments/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "experiments/report/page.h"
#include "experiments/report/run_space.h"
#include "nas/durable_file.h"

namespace nas {
namespace {

constexpr std::size_t kMostDrawingBytes = 2'500'000;
constexpr std::size_t kMostDrawings = 400;
constexpr std::size_t kMostOfFront = 60;

/// How many different architectures are on the front, which `interest` begins with.
std::size_t distinct_on_front(const ReportRun& run, const std::vector<CandidateId>& interest) {
  const std::set<CandidateId> front(run.front.begin(), run.front.end());
  const auto end = std::ranges::find_if(interest, [&](CandidateId id) { return !front.contains(id); });
  return static_cast<std::size_t>(end - interest.begin());
}

/// The front first; of one that is larger than there is room for, members from all along it.
std::vector<DrawingRequest> drawing_requests(const ReportRun& run) {
  const std::vector<CandidateId> ids = by_interest(run);
  const std::size_t front = distinct_on_front(run, ids);
  const std::size_t of_front = std::min(front, kMostOfFront);
  std::vector<DrawingRequest> requests;
  const auto add = [&](CandidateId id, DrawingRequest::Parts parts) {
    requests.push_back({id, &trial_of(run, id).asked.candidate.genotype, parts});
  };
  for (std::size_t i = 0; i < of_front; ++i) {
    const std::size_t place = of_front < 2 ? i : i * (front - 1) / (of_front - 1);
    add(ids[place], DrawingRequest::Parts::CellsAndNetwork);
  }
  for (std::size_t i = front; i < ids.size() && requests.size() < kMostDrawings; ++i) {
    add(ids[i], DrawingRequest::Parts::CellsOrNetwork);
  }
  return requests;
}

void add_drawings(ReportContent& content) {
  const ReportRun& run = content.runs.front();
  const auto space = open_run_space(run.study);
  if (!space) {
    content.why_no_drawings = fmt::format("No drawings: {}.", space.error().message);
  } else if (!(*space)->has_network()) {
    content.why_no_drawings = "The space has genes alone and no networks to draw.";
  } else {
    content.drawings = draw_architectures(**space, drawing_requests(run), kMostDrawingBytes);
  }
}

Result<std::vector<ReportRun>> read_runs(const ReportRequest& request) {
  auto first = read_report_run(request.run);
  if (!first) return first.error();
  std::vector<ReportRun> runs;
  runs.push_back(std::move(*first));
  for (const auto& path : request.others) {
    auto other = read_report_run(path);
    if (!other) return other.error();
    const std::string difference = objective_difference(runs.front(), *other);
    if (!difference.empty()) return Error{difference};
    runs.push_back(std::move(*other));
  }
  return runs;
}

}  // namespace

std::filesystem::path report_file(const ReportRequest& request) {
  return request.file.empty() ? request.run / kReportFile : request.file;
}

Result<Unit> write_report(const ReportRequest& request) {
  auto runs = read_runs(request);
  if (!runs) return runs.error();
  ReportContent content;
  content.runs = std::move(*runs);
  const ProgressBox box = common_box(content.runs);
  for (const ReportRun& run : content.runs) content.progress.push_back(progress_curve(run, box));
  content.importance = gene_importance(content.runs.front());
  add_drawings(content);
  return write_durably(report_file(request), report_page(content));
}

}  // namespace nas
