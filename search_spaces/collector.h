// The walk that finds the genes of a space: all that could be reached under any genotype.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "search_spaces/abstract_value.h"
#include "search_spaces/gene_table.h"

namespace nas {

/// Names a body can read, with what is known about them before any genotype.
using Environment = std::vector<std::pair<std::string, AbstractValue>>;

/// Where the collector stands.
struct Position {
  ScopeId scope = 0;
  Guard guard = always();
  std::string path;  // within the scope
};

[[nodiscard]] Position with_path(const Position& at, const std::string& label);

/// One walk, used once. Its parts by file: genes and their order (gene_table.cpp), values
/// (collect_values.cpp), steps (collect_steps.cpp), cells (collect_cells.cpp), what a file may ask
/// for at most (collect_limits.cpp).
class Collector {
 public:
  explicit Collector(const SpaceAst& ast) : ast_(ast) {}
  Result<GeneTable> run();

 private:
  /// In the order of the genes: choices, cells shared by all their uses, network, hyperparameters.
  struct SortKey {
    int section = 0;
    std::size_t cell = 0;
    auto operator<=>(const SortKey&) const = default;
  };

  using MakeOptions = std::function<std::vector<GeneOption>()>;

  void fail(const Place& place, const std::string& what);
  /// Whether something is said of this place already; for errors that take long to word.
  [[nodiscard]] bool has_failed_at(const Place& place) const;
  /// The walk ends here: what comes after it adds no genes and no errors.
  void stop(const Place& place, const std::string& what);
  /// Counts work; the walk stops where a file asks for more than any space needs.
  void spend(const Place& place, std::size_t work);
  Guard narrow(const Place& place, const Guard& a, const Guard& b);
  void widen_gene(std::size_t gene, const Place& place, const Guard& guard);
  AbstractValue map(const Place& place, const std::vector<AbstractValue>& operands,
                    const std::function<Value(const std::vector<const Value*>&)>& combine);
  [[nodiscard]] Cardinality cardinality() const;
  ScopeId child(const Position& at, const void* opener, std::size_t index, const std::string& path);
  /// The options are asked for when the gene is new.
  std::size_t gene(std::size_t choice, const Position& at, const MakeOptions& options);
  [[nodiscard]] std::vector<GeneOption> option_names(std::size_t choice) const;
  void order();
  void group(const std::vector<std::size_t>& sorted);

  AbstractValue evaluate(const ValueNode& value, const Environment& environment, const Position& at);
  AbstractValue evaluate_formula(const Place& place, const std::string& what, const Expression& formula,
                                 const Environment& environment, const Position& at);
  AbstractValue evaluate_choice(const ValueNode& value, const Environment& environment, const Position& at);
  AbstractValue select(const Place& place, std::size_t gene, std::vector<AbstractValue> operands);
  AbstractValue evaluate_named(const std::string& name, const ValueNode& value, const Position& at);
  double number_of(const Value& value, const ValueNode& written);
  std::optional<AbstractValue> look_up(const std::string& name, const Environment& environment, const Position& at);
  [[nodiscard]] std::vector<std::string> known_names(const Environment& environment) const;
  void check_name(const NameTemplate& name, const Environment& environment, const Position& at);
  Environment arguments(const Step& step, const Environment& environment, const Position& at);
  Environment bind(const Arguments& parameters, Environment given, const Position& inside);

  void walk(const Body& body, Environment& environment, const Position& at);
  void walk_step(const Step& step, Environment& environment, const Position& at);
  Position enter(const Step& step, const std::string& definition, const Position& at);
  void walk_block(const Step& step, Environment& environment, const Position& at);
  void walk_choose(const Step& step, Environment& environment, const Position& at);
  void walk_switch(const Step& step, Environment& environment, const Position& at);
  void walk_branches(const Step& step, Environment& environment, const Position& at);
  void walk_repeat(const Step& step, Environment& environment, const Position& at);
  void walk_split(const Step& step, Environment& environment, const Position& at);
  void walk_times(const Step& step, const AbstractValue& times, Environment& environment, const Position& at);

  void walk_cell(const Step& step, Environment& environment, const Position& at);
  void walk_cell_edges(const CellDefinition& cell, std::size_t to, Environment& environment, const Position& inside);
  void walk_edge(const CellDefinition& cell, std::size_t slot, std::size_t to, const std::string& label,
                 Environment& environment, const Position& inside);
  std::size_t take_gene(const CellDefinition& cell, std::size_t to, std::size_t slot, const std::string& label,
                        const MakeOptions& options, const Position& inside);

  const SpaceAst& ast_;
  GeneTable table_;
  Environment parameters_;
  std::vector<std::string> scope_paths_ = {""};
  std::vector<SortKey> keys_;
  SortKey section_;
  std::vector<std::optional<std::size_t>> cell_of_;                   // by gene; number in cell_uses_
  std::map<std::pair<std::size_t, ScopeId>, std::size_t> cell_uses_;  // (cell, scope) -> number
  std::optional<std::size_t> open_cell_;
  std::unordered_set<std::string> names_;
  /// Named choices where they were read: under which conditions, and what they are.
  std::map<std::string, std::pair<Guard, AbstractValue>> read_;
  std::size_t steps_ = 0;
  std::size_t nesting_ = 0;
  std::size_t work_ = 0;
  std::size_t options_ = 0;
  bool stopped_ = false;
  std::vector<std::string> errors_;
  std::vector<Place> error_places_;
};

}  // namespace nas
