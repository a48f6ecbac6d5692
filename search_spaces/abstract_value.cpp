#include "search_spaces/abstract_value.h"

#include <algorithm>

namespace nas {
namespace {

constexpr std::size_t kMaxCombinations = 4096;

/// Counts through the combinations of several genes' options, the last fastest.
struct Odometer {
  std::vector<std::size_t> limits;
  std::vector<std::size_t> at;

  bool advance() {
    for (std::size_t i = at.size(); i-- > 0;) {
      if (++at[i] < limits[i]) return true;
      at[i] = 0;
    }
    return false;
  }
};

Odometer odometer(const std::vector<std::size_t>& genes, const Cardinality& cardinality) {
  Odometer result;
  for (const std::size_t gene : genes) result.limits.push_back(cardinality(gene));
  result.at.assign(genes.size(), 0);
  return result;
}

const Value& entry(const AbstractValue& value, const std::vector<std::size_t>& genes, const Odometer& odometer) {
  std::size_t index = 0;
  for (const std::size_t gene : value.genes) {
    const auto at = static_cast<std::size_t>(std::find(genes.begin(), genes.end(), gene) - genes.begin());
    index = index * odometer.limits[at] + odometer.at[at];
  }
  return value.table[index];
}

/// Whether `narrow` can hold only where `wide` does.
bool implies(const std::vector<GeneCondition>& narrow, const std::vector<GeneCondition>& wide) {
  return std::all_of(wide.begin(), wide.end(), [&](const GeneCondition& condition) {
    return std::any_of(narrow.begin(), narrow.end(), [&](const GeneCondition& other) {
      return other.gene == condition.gene && std::includes(condition.options.begin(), condition.options.end(),
                                                           other.options.begin(), other.options.end());
    });
  });
}

/// Adds a condition to a conjunction; false if they exclude each other.
bool add_condition(std::vector<GeneCondition>& conjunction, const GeneCondition& condition) {
  for (GeneCondition& present : conjunction) {
    if (present.gene != condition.gene) continue;
    std::vector<std::int32_t> common;
    std::set_intersection(present.options.begin(), present.options.end(), condition.options.begin(),
                          condition.options.end(), std::back_inserter(common));
    present.options = std::move(common);
    return !present.options.empty();
  }
  conjunction.push_back(condition);
  return true;
}

}  // namespace

AbstractValue constant(Value value) { return AbstractValue{true, {}, {std::move(value)}}; }

std::optional<std::size_t> count_rows(const std::vector<AbstractValue>& operands, const Cardinality& cardinality) {
  std::size_t rows = 1;
  std::vector<std::size_t> seen;
  for (const AbstractValue& operand : operands) {
    if (!operand.known) return std::nullopt;
    for (const std::size_t gene : operand.genes) {
      if (std::find(seen.begin(), seen.end(), gene) != seen.end()) continue;
      seen.push_back(gene);
      rows *= cardinality(gene);
      if (rows > kMaxCombinations) return std::nullopt;
    }
  }
  return rows;
}

AbstractValue map_values(const std::vector<AbstractValue>& operands, const Cardinality& cardinality,
                         const std::function<Value(const std::vector<const Value*>&)>& combine) {
  if (!count_rows(operands, cardinality)) return unknown();
  AbstractValue result;
  for (const AbstractValue& operand : operands) {
    for (const std::size_t gene : operand.genes) {
      if (std::find(result.genes.begin(), result.genes.end(), gene) == result.genes.end()) result.genes.push_back(gene);
    }
  }
  Odometer at = odometer(result.genes, cardinality);
  std::vector<const Value*> values(operands.size());
  do {
    for (std::size_t i = 0; i < operands.size(); ++i) values[i] = &entry(operands[i], result.genes, at);
    result.table.push_back(combine(values));
  } while (at.advance());
  return result;
}

Guard when(const AbstractValue& value, const Cardinality& cardinality,
           const std::function<bool(const Value&)>& predicate) {
  if (std::all_of(value.table.begin(), value.table.end(), predicate)) return always();
  if (value.genes.empty()) return {};
  // One conjunction for each combination of all genes but the last, whose options share it.
  Guard guard;
  const std::vector<std::size_t> others(value.genes.begin(), value.genes.end() - 1);
  const std::size_t options = cardinality(value.genes.back());
  Odometer at = odometer(others, cardinality);
  auto row = value.table.begin();
  do {
    GeneCondition last{value.genes.back(), {}};
    for (std::size_t i = 0; i < options; ++i, ++row) {
      if (predicate(*row)) last.options.push_back(static_cast<std::int32_t>(i));
    }
    if (last.options.empty()) continue;
    std::vector<GeneCondition> conjunction;
    for (std::size_t i = 0; i < others.size(); ++i) {
      conjunction.push_back({others[i], {static_cast<std::int32_t>(at.at[i])}});
    }
    if (last.options.size() < options) conjunction.push_back(std::move(last));
    guard.push_back(std::move(conjunction));
  } while (at.advance());
  return guard;
}

Guard both(const Guard& a, const Guard& b) {
  Guard result;
  for (const auto& left : a) {
    for (const auto& right : b) {
      std::vector<GeneCondition> conjunction = left;
      const bool possible = std::all_of(right.begin(), right.end(), [&](const GeneCondition& condition) {
        return add_condition(conjunction, condition);
      });
      if (possible) widen(result, {conjunction});
    }
  }
  return result;
}

void widen(Guard& a, const Guard& b) {
  for (const auto& conjunction : b) {
    if (std::any_of(a.begin(), a.end(), [&](const auto& present) { return implies(conjunction, present); })) continue;
    std::erase_if(a, [&](const auto& present) { return implies(present, conjunction); });
    a.push_back(conjunction);
  }
}

bool covers(const Guard& wide, const Guard& narrow) {
  return std::all_of(narrow.begin(), narrow.end(), [&](const auto& conjunction) {
    return std::any_of(wide.begin(), wide.end(), [&](const auto& present) { return implies(conjunction, present); });
  });
}

std::size_t extent(const Guard& guard) {
  std::size_t sum = 0;
  for (const auto& conjunction : guard) {
    ++sum;
    for (const GeneCondition& condition : conjunction) sum += 1 + condition.options.size();
  }
  return sum;
}

}  // namespace nas
