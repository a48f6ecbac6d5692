#include "experiments/report/report_json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

namespace nas {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostTrials = 20'000;
constexpr std::size_t kMostCurveNumbers = 150'000;  // of all learning curves: about a megabyte
constexpr std::size_t kMostCurvePoints = 60;        // of one

Json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  constexpr double kExactIntegers = 1e15;
  if (value == std::floor(value) && std::fabs(value) < kExactIntegers) return static_cast<std::int64_t>(value);
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

Json rounded(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(rounded(value));
  return list;
}

/// A list that names each of few texts once: {"names": [...], "of": [index...]}.
class NamedColumn {
 public:
  void add(const std::string& name) {
    const auto [entry, is_new] = places_.emplace(name, places_.size());
    if (is_new) names_.push_back(name);
    of_.push_back(entry->second);
  }
  [[nodiscard]] Json json() const { return {{"names", names_}, {"of", of_}}; }

 private:
  std::map<std::string, std::size_t> places_;
  Json names_ = Json::array();
  Json of_ = Json::array();
};

std::string state_of(const StoredTrial& trial) {
  if (!trial.finished) return "running";
  const Evaluation& evaluation = trial.finished->evaluation;
  if (evaluation.failure) return std::string(to_string(evaluation.failure->type));
  return evaluation.stopped ? "stopped" : "ok";
}

Json metrics_json(const std::vector<const StoredTrial*>& trials) {
  std::set<std::string> names;
  std::vector<Metrics> all;
  for (const StoredTrial* trial : trials) {
    for (const auto& [name, value] : all.emplace_back(metrics_of(*trial))) names.insert(name);
  }
  Json columns = Json::object();
  for (const std::string& name : names) {
    Json& column = columns[name] = Json::array();
    for (const Metrics& metrics : all) {
      const auto value = metrics.find(name);
      column.push_back(value == metrics.end() ? Json() : rounded(value->second));
    }
  }
  return columns;
}

/// A column a gene; -1 where it is inactive.
Json choices_json(const ReportRun& run, const std::vector<const StoredTrial*>& trials) {
  std::vector<std::vector<std::int32_t>> columns(run.study.genes.size());
  for (const StoredTrial* trial : trials) {
    const Genotype& genotype = trial->asked.candidate.genotype;
    const std::vector<bool> active = active_genes(run.study.genes, genotype);
    for (std::size_t g = 0; g < columns.size(); ++g) columns[g].push_back(active[g] ? genotype.genes[g] : -1);
  }
  return columns;
}

/// A column an objective, in the user's sense.
Json objective_values_json(const ReportRun& run, const std::vector<const StoredTrial*>& trials) {
  Json columns = Json::array();
  for (std::size_t i = 0; i < run.study.objectives.size(); ++i) {
    Json& column = columns.emplace_back(Json::array());
    for (const StoredTrial* trial : trials) {
      const bool has = trial->finished && i < trial->finished->values.size();
      column.push_back(has ? rounded(trial->finished->values[i]) : Json());
    }
  }
  return columns;
}

Json parents_json(const Candidate& candidate) {
  Json parents = Json::array();
  for (const CandidateId parent : candidate.parents) parents.push_back(number(parent));
  return parents;
}

Json trials_json(const ReportRun& run) {
  std::vector<const StoredTrial*> trials;
  for (const std::size_t place : shown_trials(run, kMostTrials)) trials.push_back(&run.trials[place]);
  std::set<CandidateId> competing;
  for (const TrialScore& score : run.contest.scores) competing.insert(score.id);
  NamedColumn states;
  NamedColumn workers;
  NamedColumn origins;
  Json id = Json::array();
  Json competes = Json::array();
  Json seconds = Json::array();
  Json epochs = Json::array();
  Json parents = Json::array();
  for (const StoredTrial* trial : trials) {
    const Candidate& candidate = trial->asked.candidate;
    const Evaluation* const evaluation = trial->finished ? &trial->finished->evaluation : nullptr;
    id.push_back(number(candidate.id));
    states.add(state_of(*trial));
    workers.add(evaluation == nullptr ? "" : evaluation->worker);
    origins.add(candidate.origin);
    competes.push_back(competing.contains(candidate.id) ? 1 : 0);
    seconds.push_back(evaluation == nullptr ? Json() : rounded(evaluation->seconds));
    epochs.push_back(candidate.budget);
    parents.push_back(parents_json(candidate));
  }
  return {{"id", std::move(id)},
          {"state", states.json()},
          {"worker", workers.json()},
          {"origin", origins.json()},
          {"competes", std::move(competes)},
          {"seconds", std::move(seconds)},
          {"epochs", std::move(epochs)},
          {"parents", std::move(parents)},
          {"objectives", objective_values_json(run, trials)},
          {"metrics", metrics_json(trials)},
          {"choices", choices_json(run, trials)},
          {"of", run.trials.size()}};
}

/// {"epoch": [...], metric: [...]} of about kMostCurvePoints points, the last one among them.
Json curve_json(const std::vector<CurvePoint>& curve) {
  const std::size_t step = (curve.size() + kMostCurvePoints - 1) / kMostCurvePoints;
  std::set<std::string> names;
  for (const CurvePoint& point : curve) {
    for (const auto& [name, value] : point.metrics) names.insert(name);
  }
  Json epochs = Json::array();
  std::map<std::string, Json> columns;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if ((i + 1) % step != 0 && i + 1 != curve.size()) continue;
    epochs.push_back(curve[i].epoch);
    for (const std::string& name : names) {
      const auto value = curve[i].metrics.find(name);
      columns[name].push_back(value == curve[i].metrics.end() ? Json() : rounded(value->second));
    }
  }
  return {{"epoch", std::move(epochs)}, {"metrics", std::move(columns)}};
}

std::size_t numbers_in(const std::vector<CurvePoint>& curve) {
  return std::min(curve.size(), kMostCurvePoints) * (1 + curve.front().metrics.size());
}

/// By id, the most interesting first, as far as there is room.
Json curves_json(const ReportRun& run) {
  Json curves = Json::object();
  std::size_t numbers = 0;
  for (const CandidateId id : by_interest(run)) {
    const std::vector<CurvePoint>& curve = trial_of(run, id).finished->evaluation.curve;
    if (curve.empty()) continue;
    numbers += numbers_in(curve);
    if (numbers > kMostCurveNumbers) break;
    curves[std::to_string(number(id))] = curve_json(curve);
  }
  return curves;
}

Json genes_json(const std::vector<Gene>& genes) {
  Json list = Json::array();
  for (const Gene& gene : genes) {
    Json options = Json::array();
    for (const GeneOption& option : gene.options) options.push_back(option.name);
    list.push_back({{"name", gene.name}, {"options", std::move(options)}});
  }
  return list;
}

Json ids_json(const std::vector<CandidateId>& ids) {
  Json list = Json::array();
  for (const CandidateId id : ids) list.push_back(number(id));
  return list;
}

/// Other runs show their fronts only.
Json overlays_json(std::span<const ReportRun> others) {
  Json list = Json::array();
  for (const ReportRun& run : others) {
    std::vector<const StoredTrial*> front;
    for (const CandidateId id : run.front) front.push_back(&trial_of(run, id));
    list.push_back({{"label", run.label},
                    {"id", ids_json(run.front)},
                    {"objectives", objective_values_json(run, front)},
                    {"metrics", metrics_json(front)}});
  }
  return list;
}

Json progress_json(const std::vector<ProgressCurve>& curves, std::size_t objectives) {
  Json list = Json::array();
  for (const ProgressCurve& curve : curves) {
    Json json = {{"label", curve.label}};
    Json best = Json::array();
    for (std::size_t i = 0; i < objectives; ++i) best.push_back(Json::array());
    for (const ProgressPoint& point : curve.points) {
      json["evaluations"].push_back(point.evaluations);
      json["seconds"].push_back(rounded(point.seconds));
      json["hypervolume"].push_back(rounded(point.hypervolume));
      for (std::size_t i = 0; i < objectives; ++i) {
        best[i].push_back(point.best.empty() ? Json() : rounded(point.best[i]));
      }
    }
    json["best"] = std::move(best);
    list.push_back(std::move(json));
  }
  return list;
}

Json importance_json(const std::vector<ObjectiveImportance>& all) {
  constexpr std::size_t kMostPairs = 10;
  Json list = Json::array();
  for (const ObjectiveImportance& of : all) {
    Json pairs = Json::array();
    for (const PairShare& pair : of.importance.pairs) {
      if (pairs.size() < kMostPairs) pairs.push_back({pair.first, pair.second, rounded(pair.share)});
    }
    list.push_back({{"objective", of.objective},
                    {"single", rounded(of.importance.single)},
                    {"pairs", std::move(pairs)},
                    {"explained", of.importance.explained ? rounded(*of.importance.explained) : Json()}});
  }
  return list;
}

/// By genotype: several candidates may have one.
Json drawings_json(const ReportContent& content) {
  Json json = Json::object();
  for (const auto& [id, drawing] : content.drawings) {
    const Genotype& genotype = trial_of(content.runs.front(), id).asked.candidate.genotype;
    json[to_string(genotype)] = {{"network", drawing.network}, {"cells", drawing.cells}};
  }
  return json;
}

}  // namespace

Json report_json(const ReportContent& content) {
  const ReportRun& run = content.runs.front();
  Json objectives = Json::array();
  for (const StudyObjective& objective : run.study.objectives) {
    objectives.push_back({{"name", objective.name}, {"maximise", objective.direction == Direction::Maximise}});
  }
  return {{"label", run.label},
          {"space", run.study.space},
          {"objectives", std::move(objectives)},
          {"genes", genes_json(run.study.genes)},
          {"front", ids_json(run.front)},
          {"trials", trials_json(run)},
          {"curves", curves_json(run)},
          {"overlays", overlays_json(std::span(content.runs).subspan(1))},
          {"progress", progress_json(content.progress, run.study.objectives.size())},
          {"importance", importance_json(content.importance)},
          {"drawings", drawings_json(content)},
          {"why_no_drawings", content.why_no_drawings}};
}

std::string script_safe(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  // Outside strings JSON has no '<', so no element can end or begin here.
  for (const char letter : text) letter == '<' ? safe += "\\u003c" : safe += letter;
  return safe;
}

}  // namespace nas
