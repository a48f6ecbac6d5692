// count_genotypes of nas/search_space.h: gene by gene, how many partial genotypes there are for each
// state. A state is what is left of the questions that later genes ask: which alternatives of their
// conditions can still hold. Partial genotypes that no later gene can tell apart share a state, so
// the number of states follows how genes are entangled and not how many there are.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "nas/count_order.h"
#include "nas/gene_order.h"
#include "nas/limits_divisor.h"
#include "nas/search_space.h"

namespace nas {
namespace {

using Mark = std::size_t;         // an alternative that can still hold, or a question answered with yes
using State = std::vector<Mark>;  // ascending
using States = std::map<State, mpz_class>;

bool contains(const State& state, Mark mark) { return std::binary_search(state.begin(), state.end(), mark); }

void insert(State& state, Mark mark) { state.insert(std::lower_bound(state.begin(), state.end(), mark), mark); }

void remove(State& state, Mark mark) {
  const auto at = std::lower_bound(state.begin(), state.end(), mark);
  if (at != state.end() && *at == mark) state.erase(at);
}

bool lists(const std::vector<std::int32_t>& options, std::int32_t option) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

// One inner list of a gene's active_when.
struct Alternative {
  std::size_t question = 0;
  std::vector<GeneCondition> conditions;
  std::size_t missing = 0;  // genes that it names and that are not counted yet
  bool touched = false;     // some gene that it names is counted
};

// An active_when; genes that share it share the question.
struct Question {
  std::vector<Mark> alternatives;
  std::size_t genes_left = 0;
};

struct Absorption {
  Mark weaker;  // holds only where the stronger one does
  Mark stronger;
};

class GenotypeCounter {
 public:
  GenotypeCounter(const std::vector<Gene>& genes, std::uint64_t most_work)
      : most_work_(most_work),
        genes_(genes),
        question_of_(genes.size(), kAlways),
        touching_(genes.size()),
        counted_(genes.size()) {
    std::map<std::vector<std::vector<GeneCondition>>, std::size_t> known;
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      const auto& when = genes[gene].active_when;
      if (when.empty() || std::any_of(when.begin(), when.end(), [](const auto& all) { return all.empty(); })) continue;
      const auto [at, added] = known.try_emplace(when, questions_.size());
      if (added) add_question(genes[gene]);
      question_of_[gene] = at->second;
      ++questions_[at->second].genes_left;
    }
  }

  /// Nothing where it would take more than the work that is allowed.
  std::optional<mpz_class> count(const std::vector<std::size_t>& order) {
    States states;
    states[State{}] = 1;
    for (const std::size_t gene : order) {
      states = extend(states, gene);
      if (work_ > most_work_) return std::nullopt;
    }
    mpz_class total = 0;
    for (const auto& [state, number] : states) total += number;
    return total;
  }

 private:
  static constexpr std::size_t kAlways = static_cast<std::size_t>(-1);
  static constexpr std::size_t kStateWork = 16;  // of one state, besides what is in it

  void add_question(const Gene& gene) {
    Question question;
    for (const auto& conditions : gene.active_when) {
      std::set<std::size_t> named;
      for (const GeneCondition& condition : conditions) named.insert(condition.gene);
      for (const std::size_t other : named) touching_[other].push_back(alternatives_.size());
      question.alternatives.push_back(alternatives_.size());
      alternatives_.push_back({questions_.size(), conditions, named.size()});
    }
    questions_.push_back(std::move(question));
  }

  Mark answered(std::size_t question) const { return alternatives_.size() + question; }

  States extend(const States& states, std::size_t gene) {
    const std::vector<Mark>& touched = touching_[gene];
    std::vector<bool> is_new;
    for (const Mark mark : touched) is_new.push_back(!alternatives_[mark].touched);
    const auto classes = option_classes(gene);
    counted_[gene] = true;
    for (const Mark mark : touched) {
      alternatives_[mark].touched = true;
      --alternatives_[mark].missing;
    }
    const std::vector<Absorption> absorptions = absorptions_after(touched);
    const std::size_t question = question_of_[gene];
    const bool forget = question != kAlways && --questions_[question].genes_left == 0;
    const std::vector<bool> none(touched.size());

    States extended;
    for (const auto& [state, number] : states) {
      work_ += classes.size() * (kStateWork + state.size() + touched.size() + absorptions.size());
      const bool active = question == kAlways || contains(state, answered(question));
      State before = state;
      if (work_ > most_work_) break;
      if (forget) remove(before, answered(question));
      if (!active) {
        extended[advance(before, touched, is_new, none, absorptions)] += number;
        continue;
      }
      for (const auto& [holds, size] : classes) {
        extended[advance(before, touched, is_new, holds, absorptions)] += number * size;
      }
    }
    return extended;
  }

  // Which of the alternatives that name this gene each option leaves possible; how many options do so.
  std::map<std::vector<bool>, std::uint32_t> option_classes(std::size_t gene) {
    std::map<std::vector<bool>, std::uint32_t> classes;
    for (const Mark mark : touching_[gene]) {
      for (const GeneCondition& condition : alternatives_[mark].conditions) {
        if (condition.gene == gene) work_ += condition.options.size() * genes_[gene].options.size();
      }
    }
    if (work_ > most_work_) return classes;
    for (std::size_t option = 0; option < genes_[gene].options.size(); ++option) {
      std::vector<bool> holds;
      for (const Mark mark : touching_[gene]) {
        const auto& conditions = alternatives_[mark].conditions;
        holds.push_back(std::all_of(conditions.begin(), conditions.end(), [&](const GeneCondition& condition) {
          return condition.gene != gene || lists(condition.options, static_cast<std::int32_t>(option));
        }));
      }
      ++classes[holds];
    }
    return classes;
  }

  State advance(State state, const std::vector<Mark>& touched, const std::vector<bool>& is_new,
                const std::vector<bool>& holds, const std::vector<Absorption>& absorptions) const {
    for (std::size_t i = 0; i < touched.size(); ++i) {
      const Mark mark = touched[i];
      const Alternative& alternative = alternatives_[mark];
      if (contains(state, answered(alternative.question))) continue;
      const bool possible = holds[i] && (is_new[i] || contains(state, mark));
      if (!possible) {
        remove(state, mark);
      } else if (alternative.missing == 0) {
        for (const Mark other : questions_[alternative.question].alternatives) remove(state, other);
        insert(state, answered(alternative.question));
      } else if (is_new[i]) {
        insert(state, mark);
      }
    }
    for (const Absorption& absorption : absorptions) {
      const bool stronger_holds = !alternatives_[absorption.stronger].touched || contains(state, absorption.stronger);
      if (stronger_holds) remove(state, absorption.weaker);
    }
    return state;
  }

  // Pairs of a question's alternatives one of which no longer adds anything, now that a gene which
  // one of them names is counted: without it, states would differ that mean the same.
  std::vector<Absorption> absorptions_after(const std::vector<Mark>& touched) const {
    std::vector<Absorption> found;
    for (const Mark mark : touched) {
      for (const Mark other : questions_[alternatives_[mark].question].alternatives) {
        if (other == mark || alternatives_[mark].missing == 0 || alternatives_[other].missing == 0) continue;
        if (absorbs(other, mark)) found.push_back({mark, other});
        if (absorbs(mark, other)) found.push_back({other, mark});
      }
    }
    return found;
  }

  // Whether the weaker one may be dropped: what is left of it implies what is left of the other. Of
  // two that mean the same the untouched one stays, as it is in every state, else the first.
  bool absorbs(Mark stronger, Mark weaker) const {
    if (!alternatives_[weaker].touched || !implies(weaker, stronger)) return false;
    if (!implies(stronger, weaker)) return true;
    return !alternatives_[stronger].touched || stronger < weaker;
  }

  bool implies(Mark premise, Mark conclusion) const {
    const auto& given = alternatives_[premise].conditions;
    const auto& asked = alternatives_[conclusion].conditions;
    return std::all_of(asked.begin(), asked.end(), [&](const GeneCondition& wanted) {
      return counted_[wanted.gene] || std::any_of(given.begin(), given.end(), [&](const GeneCondition& condition) {
               return condition.gene == wanted.gene &&
                      std::all_of(condition.options.begin(), condition.options.end(),
                                  [&](std::int32_t option) { return lists(wanted.options, option); });
             });
    });
  }

  std::uint64_t most_work_;
  std::uint64_t work_ = 0;  // marks looked at
  const std::vector<Gene>& genes_;
  std::vector<Alternative> alternatives_;
  std::vector<Question> questions_;
  std::vector<std::size_t> question_of_;     // by gene
  std::vector<std::vector<Mark>> touching_;  // by gene: the alternatives that name it
  std::vector<bool> counted_;                // by gene
};

}  // namespace

mpz_class count_genotypes(const std::vector<Gene>& genes) {
  constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();
  return *GenotypeCounter(genes, kNoLimit).count(detail::counting_order(genes));
}

std::optional<mpz_class> try_count_genotypes(const std::vector<Gene>& genes) {
  constexpr std::uint64_t kMostWork = 20'000'000 / kLimitsDivisor;
  return GenotypeCounter(genes, kMostWork).count(detail::counting_order(genes));
}

double approximate_genotypes(const std::vector<Gene>& genes) {
  const auto count = try_count_genotypes(genes);
  return count ? count->get_d() : std::numeric_limits<double>::infinity();
}

}  // namespace nas
