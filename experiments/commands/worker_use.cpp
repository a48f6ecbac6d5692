#include "experiments/commands/worker_use.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

namespace nas {
namespace {

struct ByNumber {
  bool operator()(const std::string& a, const std::string& b) const { return before_by_number(a, b); }
};

bool is_digit(char letter) { return std::isdigit(static_cast<unsigned char>(letter)) != 0; }

/// The number at the front of `text` without leading zeros, taken off.
std::string_view take_number(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

double seconds_of(const StudyStart& start) { return std::max(start.last_at - start.started_at, 0.0); }

/// What one worker did in one start.
struct Share {
  std::uint64_t evaluations = 0;
  std::uint64_t failed = 0;
  double busy_seconds = 0;
  double last_end = 0;  // Unix time
};

void add(WorkerUse& use, const Share& share, const StudyStart& start, bool running) {
  use.evaluations += share.evaluations;
  use.failed += share.failed;
  use.busy_seconds += share.busy_seconds;
  const double end = running ? share.last_end : start.last_at;
  use.available_seconds += std::max(end - start.started_at, 0.0);
}

}  // namespace

double WorkerUse::utilisation() const {
  return available_seconds > 0 ? std::clamp(busy_seconds / available_seconds, 0.0, 1.0) : 0;
}

bool before_by_number(const std::string& first, const std::string& second) {
  std::string_view a = first;
  std::string_view b = second;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view x = take_number(a);
      const std::string_view y = take_number(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    if (a.front() != b.front()) return a.front() < b.front();
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() != b.size() ? a.size() < b.size() : first < second;
}

std::size_t start_of(const std::vector<StudyStart>& starts, double time) {
  NAS_CHECK(!starts.empty(), "a result without a start");
  std::size_t index = 0;
  while (index + 1 < starts.size() && starts[index + 1].started_at <= time) ++index;
  return index;
}

double search_seconds(const std::vector<StudyStart>& starts, double time) {
  if (starts.empty()) return 0;
  const std::size_t index = start_of(starts, time);
  double seconds = 0;
  for (std::size_t i = 0; i < index; ++i) seconds += seconds_of(starts[i]);
  return seconds + std::clamp(time - starts[index].started_at, 0.0, seconds_of(starts[index]));
}

std::vector<WorkerUse> read_worker_use(const Database& study, const std::vector<StudyStart>& starts, LastStart last) {
  if (starts.empty()) return {};
  Statement query(study,
                  "SELECT worker, (SELECT count(*) FROM nas_starts s WHERE s.started_at <= r.started_at + r.seconds),"
                  " count(*), count(failure_type), sum(seconds), max(started_at + seconds)"
                  " FROM nas_results r GROUP BY 1, 2");
  query.start();
  std::map<std::string, WorkerUse, ByNumber> uses;
  while (query.step()) {
    const auto index = static_cast<std::size_t>(std::max<std::int64_t>(query.integer(1), 1)) - 1;
    const StudyStart& start = starts[std::min(index, starts.size() - 1)];
    WorkerUse& use = uses[query.text(0)];
    use.worker = query.text(0);
    const Share share{static_cast<std::uint64_t>(query.integer(2)), static_cast<std::uint64_t>(query.integer(3)),
                      query.real(4), query.real(5)};
    add(use, share, start, last == LastStart::Running && &start == &starts.back());
  }
  std::vector<WorkerUse> list;
  for (auto& [name, use] : uses) list.push_back(std::move(use));
  return list;
}

}  // namespace nas
