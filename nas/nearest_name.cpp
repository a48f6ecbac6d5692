#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nas/option.h"

namespace nas {
namespace {

constexpr std::size_t kMaxNamesListed = 30;
constexpr std::size_t kMaxNameLength = 256;  // longer ones are no slips, and the distance is quadratic

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// Insertions, deletions, substitutions and swaps of neighbours (Damerau 1964), each place edited
// at most once.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& names) {
  if (name.size() > kMaxNameLength) return std::nullopt;
  const std::size_t threshold = std::max<std::size_t>(2, name.size() / 3);
  const std::string wanted = lower(name);
  std::optional<std::string> nearest;
  std::size_t least = threshold + 1;
  for (const std::string& known : names) {
    if (known.size() > kMaxNameLength) continue;
    const std::size_t distance = edit_distance(wanted, lower(known));
    // A slip leaves something of the word.
    if (distance >= least || distance >= std::max(name.size(), known.size())) continue;
    least = distance;
    nearest = known;
  }
  return nearest;
}

std::string suggest(std::string_view name, const std::vector<std::string>& names) {
  if (const auto near = nearest_name(name, names)) return fmt::format(", did you mean '{}'?", *near);
  if (names.empty()) return {};
  const std::size_t count = std::min(names.size(), kMaxNamesListed);
  const std::vector<std::string> listed(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count));
  return fmt::format(", known: {}{}", fmt::join(listed, ", "), count < names.size() ? ", ..." : "");
}

}  // namespace nas
