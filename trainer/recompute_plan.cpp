#include "trainer/recompute_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "nas/check.h"

namespace nas {
namespace {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

/// By value: the last step that reads it; the number of steps for outputs.
std::vector<std::size_t> last_reads(const std::vector<StepMemory>& steps) {
  std::vector<std::size_t> last(steps.size());
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const std::size_t value : steps[i].reads) last[value] = i;
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].is_output) last[i] = steps.size();
  }
  return last;
}

/// Sums over a segment that grows by one step at a time.
class GrowingSegment {
 public:
  GrowingSegment(const std::vector<StepMemory>& steps, const std::vector<std::size_t>& last_read, std::size_t begin)
      : steps_(steps), last_read_(last_read), begin_(begin), end_(begin), states_(steps.size() - begin) {}

  void grow_to(std::size_t end) {
    for (; end_ < end; ++end_) take(steps_[end_]);
  }

  /// Held after it: what is read later, and of a plain segment what its backward reads.
  std::int64_t held_recomputed() const { return live_; }
  std::int64_t held_plain() const { return live_or_kept_ + extra_; }
  /// Beside what is held before it, when its backward begins.
  std::int64_t inner() const { return kept_ + extra_ + most_work_; }
  std::int64_t cost() const { return cost_; }

 private:
  struct State {
    bool live = false;
    bool kept = false;
  };

  void change(std::size_t value, State to) {
    State& from = states_[value - begin_];
    const std::int64_t bytes = steps_[value].bytes;
    live_ += bytes * (int{to.live} - int{from.live});
    kept_ += bytes * (int{to.kept} - int{from.kept});
    live_or_kept_ += bytes * (int{to.live || to.kept} - int{from.live || from.kept});
    from = to;
  }

  void take(const StepMemory& step) {
    change(end_, {last_read_[end_] > end_, false});
    for (const std::size_t value : step.keeps) {
      if (value >= begin_) change(value, {states_[value - begin_].live, true});
    }
    for (const std::size_t value : step.reads) {
      if (value >= begin_ && last_read_[value] == end_) change(value, {false, states_[value - begin_].kept});
    }
    extra_ += step.extra_bytes;
    most_work_ = std::max(most_work_, step.work_bytes);
    cost_ += step.cost;
  }

  const std::vector<StepMemory>& steps_;
  const std::vector<std::size_t>& last_read_;
  std::size_t begin_;
  std::size_t end_;
  std::vector<State> states_;
  std::int64_t live_ = 0;
  std::int64_t kept_ = 0;
  std::int64_t live_or_kept_ = 0;
  std::int64_t extra_ = 0;
  std::int64_t most_work_ = 0;
  std::int64_t cost_ = 0;
};

/// Where a plan may be cut: everywhere, or in each stretch of equal length where the fewest bytes live across.
std::vector<std::size_t> possible_cuts(const std::vector<StepMemory>& steps,
                                       const std::vector<std::size_t>& last_read) {
  std::vector<std::size_t> cuts = {0};
  const std::size_t stretches = std::min(steps.size(), kMostCuts);
  std::vector<std::int64_t> live(steps.size() + 1, 0);
  GrowingSegment all(steps, last_read, 0);
  for (std::size_t i = 1; i <= steps.size(); ++i) {
    all.grow_to(i);
    live[i] = all.held_recomputed();
  }
  for (std::size_t s = 0; s < stretches; ++s) {
    const auto from = live.begin() + static_cast<std::ptrdiff_t>(s * steps.size() / stretches) + 1;
    const auto to = live.begin() + static_cast<std::ptrdiff_t>((s + 1) * steps.size() / stretches) + 1;
    cuts.push_back(static_cast<std::size_t>(std::min_element(from, to) - live.begin()));
  }
  cuts.back() = steps.size();
  return cuts;
}

/// One way to get to a cut.
struct Label {
  std::int64_t held = 0;
  std::int64_t cost = 0;
  std::size_t from_cut = 0;
  std::size_t from_label = 0;
  bool recompute = false;
};

/// Keeps what no other label beats in both; at most `most`, the extremes among them.
void prune(std::vector<Label>& labels, std::size_t most) {
  std::sort(labels.begin(), labels.end(),
            [](const Label& a, const Label& b) { return std::pair(a.held, a.cost) < std::pair(b.held, b.cost); });
  std::int64_t least = kNoLimit;
  std::erase_if(labels, [&](const Label& label) {
    const bool beaten = label.cost >= least;
    least = std::min(least, label.cost);
    return beaten;
  });
  if (labels.size() <= most) return;
  for (std::size_t i = 1; i < most; ++i) labels[i] = labels[i * (labels.size() - 1) / (most - 1)];
  labels.resize(most);
}

/// Shortest paths over the cuts, with what is held as a second length (Joksch 1966).
class Planner {
 public:
  explicit Planner(const std::vector<StepMemory>& steps)
      : steps_(steps), last_read_(last_reads(steps)), cuts_(possible_cuts(steps, last_read_)) {}

  /// `most_labels` 1 finds only whether there is a plan.
  std::optional<RecomputePlan> plan(std::int64_t limit, std::size_t most_labels) {
    labels_.assign(cuts_.size(), {});
    labels_[0].push_back({});
    for (std::size_t i = 0; i + 1 < cuts_.size(); ++i) {
      prune(labels_[i], most_labels);
      extend(i, limit, most_labels);
    }
    std::vector<Label>& ends = labels_.back();
    std::erase_if(ends, [&](const Label& label) { return label.held > limit; });
    if (ends.empty()) return std::nullopt;
    prune(ends, most_labels);
    return path_to(ends.back());  // the least cost
  }

 private:
  void extend(std::size_t i, std::int64_t limit, std::size_t most_labels) {
    GrowingSegment segment(steps_, last_read_, cuts_[i]);
    for (std::size_t j = i + 1; j < cuts_.size(); ++j) {
      segment.grow_to(cuts_[j]);
      if (segment.inner() > limit) return;
      for (std::size_t l = 0; l < labels_[i].size(); ++l) {
        const Label& label = labels_[i][l];
        if (label.held + segment.inner() > limit) break;  // in order of what is held
        labels_[j].push_back({label.held + segment.held_recomputed(), label.cost + segment.cost(), i, l, true});
        labels_[j].push_back({label.held + segment.held_plain(), label.cost, i, l, false});
      }
      if (labels_[j].size() > kPruneAt * most_labels) prune(labels_[j], most_labels);
    }
  }

  RecomputePlan path_to(Label label) const {
    RecomputePlan plan;
    for (std::size_t j = cuts_.size() - 1; j > 0; j = label.from_cut, label = labels_[j][label.from_label]) {
      plan.push_back({cuts_[j], label.recompute});
      if (label.from_cut == 0) break;
    }
    std::reverse(plan.begin(), plan.end());
    return plan;
  }

  static constexpr std::size_t kPruneAt = 8;

  const std::vector<StepMemory>& steps_;
  std::vector<std::size_t> last_read_;
  std::vector<std::size_t> cuts_;
  std::vector<std::vector<Label>> labels_;  // by cut
};

}  // namespace

PlanMemory plan_memory(const std::vector<StepMemory>& steps, const RecomputePlan& plan) {
  const std::vector<std::size_t> last_read = last_reads(steps);
  const RecomputePlan whole = {{steps.size(), false}};
  PlanMemory memory;
  std::int64_t held = 0;
  std::size_t begin = 0;
  for (const Segment& part : plan.empty() ? whole : plan) {
    GrowingSegment segment(steps, last_read, begin);
    segment.grow_to(part.end);
    memory.peak_bytes = std::max(memory.peak_bytes, held + segment.inner());
    held += part.recompute ? segment.held_recomputed() : segment.held_plain();
    memory.cost += part.recompute ? segment.cost() : 0;
    begin = part.end;
  }
  memory.peak_bytes = std::max(memory.peak_bytes, held);
  return memory;
}

std::optional<RecomputePlan> cheapest_plan(const std::vector<StepMemory>& steps, std::int64_t limit_bytes) {
  if (plan_memory(steps, {}).peak_bytes <= limit_bytes) return RecomputePlan{};
  return Planner(steps).plan(limit_bytes, kMostLabels);
}

RecomputePlan smallest_plan(const std::vector<StepMemory>& steps) {
  if (steps.empty()) return {};
  Planner planner(steps);
  std::int64_t too_small = -1;
  std::int64_t enough = plan_memory(steps, {}).peak_bytes;
  while (enough - too_small > std::max<std::int64_t>(1, enough / 256)) {
    const std::int64_t middle = too_small + (enough - too_small) / 2;
    (planner.plan(middle, 1) ? enough : too_small) = middle;
  }
  return cheapest_plan(steps, enough + enough / 200).value_or(RecomputePlan{});
}

RecomputePlan even_plan(std::size_t steps, std::size_t every) {
  NAS_CHECK(every >= 1, "a segment has at least one operation");
  RecomputePlan plan;
  for (std::size_t begin = 0; begin < steps; begin += every) {
    plan.push_back({std::min(steps, begin + every), begin + every < steps});
  }
  return plan;
}

}  // namespace nas
