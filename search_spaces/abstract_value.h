// Values before any genotype is known: a value as a table over the genes it depends on. That is
// enough to tell when a gene is active, also through block arguments and expressions.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nas/search_space.h"
#include "search_spaces/arguments.h"
#include "search_spaces/space_ast.h"

namespace nas {

/// `table` holds a value for each combination of the options of `genes`, the last gene fastest.
/// Unknown: depends on tensor shapes, or on too many genes at once.
struct AbstractValue {
  bool known = true;
  std::vector<std::size_t> genes;
  std::vector<Value> table;
};

[[nodiscard]] AbstractValue constant(Value value);
[[nodiscard]] inline AbstractValue unknown() { return AbstractValue{false, {}, {}}; }

/// Number of options of a gene, by its index.
using Cardinality = std::function<std::size_t(std::size_t)>;

/// Combinations of the options of all genes that any operand depends on; empty if an operand is
/// unknown or they are too many to go through.
[[nodiscard]] std::optional<std::size_t> count_rows(const std::vector<AbstractValue>& operands,
                                                    const Cardinality& cardinality);

/// `combine` applied under every combination of the genes that any operand depends on. Unknown if
/// an operand is, or if the combinations are too many. `combine` sees one value an operand.
[[nodiscard]] AbstractValue map_values(const std::vector<AbstractValue>& operands, const Cardinality& cardinality,
                                       const std::function<Value(const std::vector<const Value*>&)>& combine);

/// A condition in disjunctive form: any of the inner lists, all of whose conditions hold. One empty
/// list: always. No list: never.
using Guard = std::vector<std::vector<GeneCondition>>;

[[nodiscard]] inline Guard always() { return {{}}; }

/// When the predicate holds for the value. REQUIRES: value.known.
[[nodiscard]] Guard when(const AbstractValue& value, const Cardinality& cardinality,
                         const std::function<bool(const Value&)>& predicate);
[[nodiscard]] Guard both(const Guard& a, const Guard& b);
/// `a` widened by `b`, without what is implied already.
void widen(Guard& a, const Guard& b);
/// Whether `narrow` can hold only where `wide` does; says so only where each of its lists lies in one of `wide`'s.
[[nodiscard]] bool covers(const Guard& wide, const Guard& narrow);
/// Conditions and their options, each counted: what going through the guard costs.
[[nodiscard]] std::size_t extent(const Guard& guard);

}  // namespace nas
