#include "experiments/search/start_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_set>
#include <utility>

#include "experiments/commands/scores.h"
#include "experiments/store/study.h"
#include "nas/pareto.h"

namespace nas {
namespace {

std::string gene_name(const std::vector<Gene>& genes, std::size_t index) {
  return index < genes.size() ? fmt::format("'{}'", genes[index].name) : std::string("missing");
}

std::string option_name(const Gene& gene, std::size_t index) {
  return index < gene.options.size() ? fmt::format("'{}'", gene.options[index].name) : std::string("missing");
}

/// Places in `scores`, the best first.
std::vector<std::size_t> best_first(const StudyDescription& study, const std::vector<TrialScore>& scores,
                                    std::int64_t best) {
  if (best == StartPoint::kItsFront) return front_of(study.objectives, scores);
  std::vector<ParetoPoint> points;
  for (const TrialScore& score : scores) points.push_back({minimised(study.objectives, score.values)});
  const std::vector<std::int32_t> ranks = domination_ranks(points);
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return ranks[a] < ranks[b]; });
  order.resize(std::min(order.size(), static_cast<std::size_t>(best)));
  return order;
}

Result<std::vector<StartCandidate>> candidates_of_run(const StartPoint& point, const TextSpace& space) {
  Result<Database> study = open_study(point.run);
  if (!study) return study.error();
  return result_of([&]() -> Result<std::vector<StartCandidate>> {
    const Transaction snapshot(*study, Transaction::Kind::Read);
    const StudyDescription description = read_description(*study);
    const std::string difference = gene_difference(description.genes, space.genes());
    if (!difference.empty()) {
      return Error{
          fmt::format("{} searched '{}', which is not this space: {}; give its genotypes one by one if they "
                      "mean the same here",
                      point.run, description.space, difference)};
    }
    const std::vector<TrialScore> scores = read_contest(*study).scores;
    if (scores.empty()) {
      return Error{fmt::format("{} has no finished candidate that meets its limits, so there is nothing to start from",
                               point.run)};
    }
    std::vector<StartCandidate> candidates;
    for (const std::size_t place : best_first(description, scores, point.best)) {
      const CandidateId id = scores[place].id;
      candidates.push_back({canonical(space.genes(), read_trials(*study, id).at(0).asked.candidate.genotype),
                            fmt::format("{}, candidate {}", point.run, number(id))});
    }
    return candidates;
  });
}

Result<std::vector<StartCandidate>> candidates_of(const StartPoint& point, const TextSpace& space) {
  if (!point.run.empty()) return candidates_of_run(point, space);
  auto candidate = candidate_of_text(point.text, space);
  if (!candidate) return candidate.error();
  return std::vector<StartCandidate>{std::move(*candidate)};
}

std::string why_refused(const TextSpace& space, const Genotype& genotype, Screening::Verdict verdict) {
  if (verdict == Screening::Verdict::OverLimit) return "it is over one of `limits`";
  const auto network = space.decode(genotype);
  return network ? std::string("it can't be evaluated") : network.error().message;
}

}  // namespace

Result<StartCandidate> candidate_of_text(const std::string& text, const TextSpace& space) {
  const std::vector<std::string> names = space.architectures();
  const bool is_name = std::find(names.begin(), names.end(), text) != names.end();
  const auto genotype = genotype_from(text);
  if (is_name || !genotype) {
    auto architecture = space.architecture(text);
    if (architecture) return StartCandidate{std::move(*architecture), text};
    const char* hint = is_name ? "" : " (a genotype is option indices joined by commas, such as 0,3,1)";
    return Error{architecture.error().message + hint};
  }
  if (const auto error = check_genotype(space.genes(), *genotype)) {
    return Error{fmt::format("'{}': {}; nas space describe lists the genes", text, error->message)};
  }
  return StartCandidate{canonical(space.genes(), *genotype), {}};
}

std::string gene_difference(const std::vector<Gene>& earlier, const std::vector<Gene>& now) {
  for (std::size_t i = 0; i < std::max(earlier.size(), now.size()); ++i) {
    if (i >= earlier.size() || i >= now.size() || earlier[i].name != now[i].name) {
      return fmt::format("gene {} is {} there and {} here", i, gene_name(earlier, i), gene_name(now, i));
    }
    const std::size_t options = std::max(earlier[i].options.size(), now[i].options.size());
    for (std::size_t option = 0; option < options; ++option) {
      const std::string then = option_name(earlier[i], option);
      const std::string today = option_name(now[i], option);
      if (then == today) continue;
      return fmt::format("option {} of gene '{}' is {} there and {} here", option, now[i].name, then, today);
    }
  }
  return {};
}

std::vector<StartCandidate> resolve_starts(const StartRequest& request, const TextSpace& space, const Screen& screen,
                                           std::vector<std::string>& errors, std::vector<std::string>& notes) {
  std::vector<StartCandidate> starts;
  std::unordered_set<std::string> keys;
  for (std::size_t i = 0; i < request.points.size(); ++i) {
    const StartPoint& point = request.points[i];
    const std::string place = i < request.places.size() ? to_string(request.places[i]) : std::string();
    const std::string where = fmt::format("{}{}start_from.{}", place, place.empty() ? "" : ": ", i);
    auto candidates = candidates_of(point, space);
    if (!candidates) {
      errors.push_back(fmt::format("{}: {}", where, candidates.error().message));
      continue;
    }
    for (StartCandidate& candidate : *candidates) {
      const Screening screening = screen(candidate.genotype);
      if (screening.verdict != Screening::Verdict::Accepted) {
        const std::string why = why_refused(space, candidate.genotype, screening.verdict);
        if (point.run.empty()) {
          errors.push_back(fmt::format("{}: '{}': {}, so it would never be evaluated", where, point.text, why));
        } else {
          notes.push_back(fmt::format("{}: {} is left out: {}", where, candidate.from, why));
        }
      } else if (request.keep_duplicates || keys.insert(screening.key).second) {
        starts.push_back(std::move(candidate));
      }
    }
  }
  return starts;
}

}  // namespace nas
