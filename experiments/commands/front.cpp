#include "experiments/commands/front.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/commands/scores.h"
#include "experiments/commands/text_table.h"
#include "experiments/store/study.h"

namespace nas {
namespace {

using Json = nlohmann::ordered_json;

/// A trial on the front with what is printed of it.
struct FrontMember {
  CandidateId id{};
  Genotype genotype;
  std::vector<double> values;
};

struct Front {
  StudyDescription study;
  std::vector<FrontMember> members;
  std::size_t left_out = 0;  // results at fewer epochs
};

Front read_front(Database& database) {
  const Transaction snapshot(database, Transaction::Kind::Read);
  Front front{read_description(database), {}};
  const Contest contest = read_contest(database);
  front.left_out = contest.left_out;
  const std::vector<TrialScore>& scores = contest.scores;
  for (const std::size_t index : front_of(front.study.objectives, scores)) {
    const std::vector<StoredTrial> trial = read_trials(database, scores[index].id);
    NAS_CHECK(trial.size() == 1, "a result without its trial");
    const Genotype& genotype = trial.front().asked.candidate.genotype;
    if (const auto wrong = check_genotype(front.study.genes, genotype)) {
      throw Exception(fmt::format("the study is damaged (trial {}: {}), restore it from a copy",
                                  number(scores[index].id), wrong->message));
    }
    front.members.push_back({scores[index].id, genotype, scores[index].values});
  }
  return front;
}

const GeneOption& option_of(const Gene& gene, std::int32_t option) {
  return gene.options[static_cast<std::size_t>(option)];
}

Json option_json(const GeneOption& option) {
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (!option.number || !std::isfinite(*option.number)) return option.name;
  const double value = *option.number;
  if (value == std::floor(value) && std::fabs(value) < kExactIntegers) return static_cast<std::int64_t>(value);
  return value;
}

Json member_json(const StudyDescription& study, const FrontMember& member) {
  Json objectives = Json::object();
  for (std::size_t i = 0; i < study.objectives.size(); ++i) objectives[study.objectives[i].name] = member.values[i];
  Json choices = Json::object();
  const std::vector<bool> active = active_genes(study.genes, member.genotype);
  for (std::size_t i = 0; i < study.genes.size(); ++i) {
    if (active[i]) choices[study.genes[i].name] = option_json(option_of(study.genes[i], member.genotype.genes[i]));
  }
  return {{"id", number(member.id)},
          {"objectives", std::move(objectives)},
          {"genotype", to_string(member.genotype)},
          {"choices", std::move(choices)}};
}

void print_json(const std::filesystem::path& run, const Front& front, std::ostream& out) {
  Json members = Json::array();
  for (const FrontMember& member : front.members) members.push_back(member_json(front.study, member));
  const Json json = {{"run", run.string()},
                     {"objectives", objectives_json(front.study.objectives)},
                     {"front", std::move(members)},
                     {"left_out", front.left_out}};
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void print_members(const Front& front, std::ostream& out) {
  const StudyDescription& study = front.study;
  std::vector<TableColumn> columns = {{"id", Align::Right}};
  for (const StudyObjective& objective : study.objectives) columns.push_back({objective.name, Align::Right});
  for (const Gene& gene : study.genes) columns.push_back({gene.name, Align::Left});
  std::vector<std::vector<std::string>> rows;
  for (const FrontMember& member : front.members) {
    std::vector<std::string>& row = rows.emplace_back();
    row.push_back(std::to_string(number(member.id)));
    for (const double value : member.values) row.push_back(display_number(value));
    const std::vector<bool> active = active_genes(study.genes, member.genotype);
    for (std::size_t i = 0; i < study.genes.size(); ++i) {
      row.push_back(active[i] ? option_of(study.genes[i], member.genotype.genes[i]).name : "-");
    }
  }
  print_table(columns, rows, out);
}

void print_text(const Front& front, std::ostream& out) {
  if (front.members.empty()) {
    out << "no finished trial meets every limit yet\n";
  } else {
    print_members(front, out);
  }
  if (front.left_out > 0) out << left_out_text(front.left_out) << '\n';
}

}  // namespace

Result<Unit> print_front(const std::filesystem::path& run_directory, Output output, std::ostream& out) {
  Result<Database> database = open_study(run_directory);
  if (!database) return database.error();
  return result_of([&]() -> Result<Unit> {
    const Front front = read_front(*database);
    output == Output::Json ? print_json(run_directory, front, out) : print_text(front, out);
    return Unit{};
  });
}

}  // namespace nas
