// What a space may ask for at most: far more than any published one, and little enough that every
// file is answered at once.
#include <fmt/format.h>

#include <algorithm>

#include "search_spaces/collector.h"
#include "search_spaces/limits.h"

namespace nas {
void Collector::fail(const Place& place, const std::string& what) {
  if (stopped_) return;
  const std::string line = fmt::format("{}: {}", to_string(place), what);
  if (std::find(errors_.begin(), errors_.end(), line) != errors_.end()) return;
  errors_.push_back(line);
  error_places_.push_back(place);
  if (errors_.size() < kMaxErrors) return;
  errors_.push_back(fmt::format("only the first {} errors are shown", kMaxErrors));
  stopped_ = true;
}

bool Collector::has_failed_at(const Place& place) const {
  return std::any_of(error_places_.begin(), error_places_.end(),
                     [&](const Place& other) { return other.line == place.line && other.column == place.column; });
}

void Collector::stop(const Place& place, const std::string& what) {
  fail(place, what);
  stopped_ = true;
}

void Collector::spend(const Place& place, std::size_t work) {
  work_ += work;
  if (work_ <= kMaxWork) return;
  stop(place,
       "the genes up to here depend on too many combinations of choices, use fewer options, smaller repeats or shared "
       "choices");
}

/// `both`, where the conditions stay few enough to be gone through.
Guard Collector::narrow(const Place& place, const Guard& a, const Guard& b) {
  const std::size_t product = a.size() * b.size();
  spend(place, a.size() * extent(b) + b.size() * extent(a) + product * product);
  if (product > kMaxAlternatives) {
    stop(place, fmt::format("whether this is reached depends on {} combinations of choices, more than {}; use fewer "
                            "options or choices",
                            product, kMaxAlternatives));
  }
  return stopped_ ? Guard{} : both(a, b);
}

void Collector::widen_gene(std::size_t gene, const Place& place, const Guard& guard) {
  Guard& active = table_.genes[gene].active_when;
  spend(place, extent(active) * guard.size() + extent(guard));
  if (!stopped_) widen(active, guard);
}

AbstractValue Collector::map(const Place& place, const std::vector<AbstractValue>& operands,
                             const std::function<Value(const std::vector<const Value*>&)>& combine) {
  const auto rows = count_rows(operands, cardinality());
  spend(place, operands.size() * rows.value_or(1));
  return rows && !stopped_ ? map_values(operands, cardinality(), combine) : unknown();
}

}  // namespace nas
