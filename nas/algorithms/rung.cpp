#include "nas/algorithms/rung.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "nas/check.h"

namespace nas {
namespace {

struct Place {
  double violation = 0;
  double value = 0;
  CandidateId id{};
  auto operator<=>(const Place&) const = default;
};

class RungOfOne final : public Rung {
 public:
  explicit RungOfOne(std::size_t eta) : eta_(eta) {}

  void add(CandidateId id, const ParetoPoint& point) override {
    const Place place{point.violation, point.objectives.front(), id};
    NAS_CHECK(places_.emplace(id, place).second, "a result enters a rung once");
    waiting_.insert(place);
    ++results_;
    (!best_.empty() && place < *best_.rbegin() ? best_ : others_).insert(place);
    balance();
  }

  void add_hopeless() override {
    ++results_;
    balance();
  }

  void promote(CandidateId id) override {
    const auto found = places_.find(id);
    NAS_CHECK(found != places_.end(), "a result is promoted once");
    waiting_.erase(found->second);
    places_.erase(found);
  }

  std::optional<CandidateId> promotable() const override {
    if (waiting_.empty() || best_.empty() || *best_.rbegin() < *waiting_.begin()) return std::nullopt;
    return waiting_.begin()->id;
  }

  std::optional<CandidateId> spare() const override {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.begin()->id);
  }

 private:
  // best_ holds the best 1/eta, as far as there are so many that are not hopeless.
  void balance() {
    while (best_.size() > results_ / eta_) others_.insert(best_.extract(std::prev(best_.end())));
    while (best_.size() < results_ / eta_ && !others_.empty()) best_.insert(others_.extract(others_.begin()));
  }

  const std::size_t eta_;
  std::size_t results_ = 0;
  std::set<Place> best_;
  std::set<Place> others_;
  std::set<Place> waiting_;                        // not promoted
  std::unordered_map<CandidateId, Place> places_;  // of these
};

class RungOfSeveral final : public Rung {
 public:
  explicit RungOfSeveral(std::size_t eta) : eta_(eta) {}

  void add(CandidateId id, const ParetoPoint& point) override { push({id, point, State::Waiting}); }
  void add_hopeless() override { push({{}, {}, State::Hopeless}); }

  void promote(CandidateId id) override {
    const auto found = std::ranges::find_if(
        window_, [&](const Entry& entry) { return entry.id == id && entry.state == State::Waiting; });
    NAS_CHECK(found != window_.end(), "a result is promoted once, while it is looked at");
    found->state = State::Promoted;
    stale_ = true;
  }

  std::optional<CandidateId> promotable() const override {
    refresh();
    return place_ < window_.size() / eta_ ? spare_ : std::nullopt;
  }

  std::optional<CandidateId> spare() const override {
    refresh();
    return spare_;
  }

 private:
  enum class State { Waiting, Promoted, Hopeless };
  struct Entry {
    CandidateId id{};
    ParetoPoint point;
    State state{};
  };

  void push(Entry entry) {
    window_.push_back(std::move(entry));
    if (window_.size() > kWindow) window_.pop_front();
    stale_ = true;
  }

  // Finds the best that waits, and how many are better than it.
  void refresh() const {
    if (!std::exchange(stale_, false)) return;
    spare_.reset();
    place_ = 0;
    std::vector<const Entry*> entries;
    std::vector<ParetoPoint> points;
    for (const Entry& entry : window_) {
      if (entry.state == State::Hopeless) continue;
      entries.push_back(&entry);
      points.push_back(entry.point);
    }
    const std::vector<std::int32_t> ranks = domination_ranks(points);
    for (std::int32_t rank = 0; !spare_ && place_ < points.size(); ++rank) {
      std::vector<std::size_t> front;
      for (std::size_t i = 0; i < ranks.size(); ++i) {
        if (ranks[i] == rank) front.push_back(i);
      }
      find_in(front, points, entries);
    }
  }

  void find_in(const std::vector<std::size_t>& front, const std::vector<ParetoPoint>& points,
               const std::vector<const Entry*>& entries) const {
    const std::vector<double> distances = crowding_distances(points, front);
    std::vector<std::size_t> order(front.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(-distances[i], entries[front[i]]->id); });
    for (const std::size_t i : order) {
      const Entry& entry = *entries[front[i]];
      if (entry.state == State::Waiting) {
        spare_ = entry.id;
        return;
      }
      ++place_;
    }
  }

  const std::size_t eta_;
  std::deque<Entry> window_;  // oldest first
  mutable bool stale_ = true;
  mutable std::optional<CandidateId> spare_;
  mutable std::size_t place_ = 0;  // of spare_ among the window's results
};

}  // namespace

std::unique_ptr<Rung> make_rung(std::size_t objectives, std::size_t eta) {
  if (objectives == 1) return std::make_unique<RungOfOne>(eta);
  return std::make_unique<RungOfSeveral>(eta);
}

}  // namespace nas
