#include "nas/picture/fold_repeats.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace nas::detail {
namespace {

constexpr std::size_t kLongestPeriod = 400;
constexpr std::size_t kFewestLoose = 3;   // parts that differ in shapes: two are rather drawn
constexpr std::size_t kFewestHidden = 2;  // boxes: a frame takes the room of one

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// Steps that two paths begin with in common.
std::size_t shared_steps(const std::string& a, const std::string& b) {
  std::size_t steps = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size() && a[i] == b[i]; ++i) steps += a[i] == '.' ? 1u : 0u;
  return steps;
}

class RepeatFinder {
 public:
  explicit RepeatFinder(const std::vector<FoldBox>& boxes) : boxes_(boxes), last_reader_(boxes.size(), 0) {
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      for (const std::int32_t input : boxes[b].inputs) last_reader_[at(input)] = b;
      shared_before_.push_back(b == 0 ? 0 : shared_steps(boxes[b - 1].path, boxes[b].path));
    }
  }

  std::vector<Repeat> find() {
    fold(0, boxes_.size(), -1);
    return std::move(found_);
  }

 private:
  void fold(std::size_t begin, std::size_t end, std::int32_t parent) {
    while (end - begin >= 2) {
      auto repeat = best_repeat(begin, end);
      if (!repeat) return;
      repeat->parent = parent;
      const auto index = static_cast<std::int32_t>(found_.size());
      found_.push_back(*repeat);
      fold(repeat->last_part(), repeat->end(), index);
      fold(begin, repeat->start, parent);
      begin = repeat->end();
    }
  }

  /// The one that hides most boxes; where shapes differ, it must hide half as many again.
  [[nodiscard]] std::optional<Repeat> best_repeat(std::size_t begin, std::size_t end) const {
    std::optional<Repeat> best;
    const auto worth = [](const Repeat& r) { return (r.times - 1) * r.period * (r.exact ? 3 : 2); };
    const std::size_t longest = std::min(kLongestPeriod, (end - begin) / 2);
    for (const bool exact : {true, false}) {
      for (std::size_t period = 1; period <= longest; ++period) {
        visit_runs(begin, end, period, exact, [&](const Repeat& repeat) {
          if (best && worth(repeat) < worth(*best)) return;
          const bool tie = best && worth(repeat) == worth(*best);
          if (tie && !(repeat.period == best->period && shared_at_borders(repeat) < shared_at_borders(*best))) return;
          if (is_good(repeat)) best = repeat;
        });
      }
    }
    return best;
  }

  [[nodiscard]] bool is_good(const Repeat& repeat) const {
    if (!repeat.exact && repeat.times < kFewestLoose) return false;
    if ((repeat.times - 1) * repeat.period < kFewestHidden) return false;
    return has_natural_borders(repeat) && is_alike_throughout(repeat) && is_chained(repeat) &&
           is_read_at_its_end(repeat);
  }

  /// Every start within [begin, end), with as many parts as follow.
  template <class Visit>
  void visit_runs(std::size_t begin, std::size_t end, std::size_t period, bool exact, const Visit& visit) const {
    // What matched from an earlier start mostly matches from a later one, so `run` never goes back.
    std::size_t run = begin;
    for (std::size_t start = begin; start + 2 * period <= end; ++start) {
      run = std::max(run, start);
      while (run + period < end && is_alike(run, period, start, exact)) ++run;
      const std::size_t times = (run - start) / period + 1;
      if (times >= 2) visit({start, period, times, exact, -1});
    }
  }

  /// Whether box b and the one a part later do the same, in a repeat from `start`.
  [[nodiscard]] bool is_alike(std::size_t b, std::size_t period, std::size_t start, bool exact) const {
    const FoldBox &box = boxes_[b], &later = boxes_[b + period];
    if (exact ? box.exact != later.exact : box.loose != later.loose) return false;
    if (box.inputs.size() != later.inputs.size()) return false;
    for (std::size_t i = 0; i < box.inputs.size(); ++i) {
      const std::size_t read = at(box.inputs[i]), later_read = at(later.inputs[i]);
      const bool from_before = read < start;
      if (later_read == (from_before ? read : read + period)) continue;
      // The first two parts may read what is before the repeat where later ones read parts before
      // their own.
      const std::size_t part = (b - start) / period;
      const bool begins = later_read >= start ? part <= 1 : part == 0 && first_part_reads(later_read, start, period);
      if (!from_before || !begins || later_read >= start + period) return false;
    }
    return true;
  }

  [[nodiscard]] bool first_part_reads(std::size_t read, std::size_t start, std::size_t period) const {
    for (std::size_t b = start; b < start + period; ++b) {
      const auto& inputs = boxes_[b].inputs;
      if (std::find(inputs.begin(), inputs.end(), static_cast<std::int32_t>(read)) != inputs.end()) return true;
    }
    return false;
  }

  /// Whether the last part reads a box of the part that is `parts` before it.
  [[nodiscard]] bool reads_back(const Repeat& repeat, std::size_t parts) const {
    if (parts >= repeat.times) return false;
    const std::size_t low = repeat.last_part() - parts * repeat.period;
    for (std::size_t b = repeat.last_part(); b < repeat.end(); ++b) {
      for (const std::int32_t input : boxes_[b].inputs) {
        if (at(input) >= low && at(input) < low + repeat.period) return true;
      }
    }
    return false;
  }

  /// One after the other; branches side by side are no repeat.
  [[nodiscard]] bool is_chained(const Repeat& repeat) const { return reads_back(repeat, 1); }

  /// `visit_runs` extends runs that it began elsewhere; this looks at each box from the start.
  [[nodiscard]] bool is_alike_throughout(const Repeat& repeat) const {
    for (std::size_t b = repeat.start; b < repeat.last_part(); ++b) {
      if (!is_alike(b, repeat.period, repeat.start, repeat.exact)) return false;
    }
    return true;
  }

  /// Within a part boxes share at least as much of their paths as across its borders.
  [[nodiscard]] bool has_natural_borders(const Repeat& repeat) const {
    const std::size_t across = shared_at_borders(repeat);
    for (std::size_t b = repeat.start; b < repeat.end(); ++b) {
      if ((b - repeat.start) % repeat.period != 0 && shared_before_[b] < across) return false;
    }
    return true;
  }

  /// The most steps of a path that both sides of a border share.
  [[nodiscard]] std::size_t shared_at_borders(const Repeat& repeat) const {
    std::size_t most = shared_before_[repeat.start];
    for (std::size_t b = repeat.start; b < repeat.end(); b += repeat.period) most = std::max(most, shared_before_[b]);
    return repeat.end() < boxes_.size() ? std::max(most, shared_before_[repeat.end()]) : most;
  }

  /// What follows reads the last part alone, and the one before it where the parts do so too.
  [[nodiscard]] bool is_read_at_its_end(const Repeat& repeat) const {
    const std::size_t shown = repeat.last_part() - (reads_back(repeat, 2) ? repeat.period : 0);
    for (std::size_t b = repeat.start; b < shown; ++b) {
      if (last_reader_[b] >= repeat.end()) return false;
    }
    return true;
  }

  const std::vector<FoldBox>& boxes_;
  std::vector<std::size_t> last_reader_;    // of each box
  std::vector<std::size_t> shared_before_;  // steps that a box shares with the one before it
  std::vector<Repeat> found_;
};

}  // namespace

std::vector<Repeat> find_repeats(const std::vector<FoldBox>& boxes) { return RepeatFinder(boxes).find(); }

}  // namespace nas::detail
