#include "mpi/desks.h"

#include <algorithm>

#include "nas/check.h"

namespace nas {

Desks::Desks(std::size_t count) : desks_(count) {
  for (std::size_t rank = 0; rank < count; ++rank) desks_[rank].rank = static_cast<int>(rank);
}

std::size_t Desks::room() const { return room_; }
std::size_t Desks::idle() const { return empty_; }

std::size_t Desks::capacity(const Desk& desk) const {
  if (!desk.is_ready()) return 0;
  return desk.rank == 0 ? desk.slots : desk.slots * (1 + ahead_);
}

/// Takes a desk's part out of the sums before it changes (-1), and puts it back (+1).
void Desks::count(const Desk& desk, int sign) {
  if (!desk.is_ready()) return;
  const std::size_t held = desk.leases.size();
  const std::size_t most = capacity(desk);
  const auto change = [sign](std::size_t& sum, std::size_t part) { sum = sign > 0 ? sum + part : sum - part; };
  change(ready_, 1);
  change(slots_, desk.slots);
  change(room_, most > held ? most - held : 0);
  change(empty_, desk.slots > held ? desk.slots - held : 0);
}

void Desks::enqueue(Desk& desk) {
  if (!desk.is_ready()) return;
  if (desk.leases.size() < desk.slots && !desk.in_idle_) {
    desk.in_idle_ = true;
    fills_up_ ? idle_.push_front(desk.rank) : idle_.push_back(desk.rank);
  }
  if (desk.leases.size() < capacity(desk) && !desk.in_ahead_) {
    desk.in_ahead_ = true;
    with_ahead_.push_back(desk.rank);
  }
}

void Desks::open(Desk& desk, std::size_t slots) {
  count(desk, -1);
  desk.state = Desk::State::Ready;
  desk.slots = slots;
  count(desk, 1);
  enqueue(desk);
}

void Desks::close(Desk& desk, Desk::State state) {
  count(desk, -1);
  desk.state = state;
}

void Desks::set_ahead(std::size_t per_slot) {
  if (per_slot == ahead_) return;
  for (Desk& desk : desks_) count(desk, -1);
  ahead_ = per_slot;
  for (Desk& desk : desks_) {
    count(desk, 1);
    enqueue(desk);
  }
}

int Desks::pick(int avoid) {
  if (ready_ < 2) avoid = kNobody;
  const int rank = pick_from(idle_, &Desk::in_idle_, avoid, true);
  return rank != kNobody ? rank : pick_from(with_ahead_, &Desk::in_ahead_, avoid, false);
}

int Desks::pick_from(std::deque<int>& queue, bool Desk::*flag, int avoid, bool only_idle) {
  for (std::size_t left = queue.size(); left > 0; --left) {
    const int rank = queue.front();
    Desk& desk = (*this)[rank];
    queue.pop_front();
    desk.*flag = false;
    const std::size_t most = only_idle ? desk.slots : capacity(desk);
    if (!desk.is_ready() || desk.leases.size() >= most) continue;
    if (rank != avoid) return rank;
    desk.*flag = true;
    queue.push_back(rank);
  }
  return kNobody;
}

void Desks::add(Desk& desk, LeaseNumber lease) {
  count(desk, -1);
  desk.leases.push_back(lease);
  count(desk, 1);
  enqueue(desk);
}

void Desks::remove(Desk& desk, LeaseNumber lease) {
  // Results come mostly in the order in which candidates went out.
  const auto at = std::find(desk.leases.begin(), desk.leases.end(), lease);
  NAS_CHECK(at != desk.leases.end(), "a lease that its desk does not hold");
  count(desk, -1);
  desk.leases.erase(at);
  count(desk, 1);
  enqueue(desk);
}

}  // namespace nas
