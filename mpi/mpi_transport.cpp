#include "mpi/mpi_transport.h"

#include <mpi.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <thread>
#include <utility>

#include "mpi/mpi_check.h"
#include "nas/check.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTag = 1;
// Sleeps between two looks for a message double, up to the allowed delay. Where none is allowed the
// first is short and the longest this: a thousand looks a second are what waiting costs.
constexpr std::chrono::microseconds kFirstSleep{20};
constexpr std::chrono::microseconds kLongestSleep{1000};
constexpr int kFirstPartOfDelay = 4;
constexpr std::chrono::milliseconds kLookPeriod{20};

/// Test and sleep, doubling the sleep: no call here ever waits inside MPI, which would spin and,
/// for a dead receiver, never return.
class MpiTransport final : public Transport {
 public:
  MpiTransport(int rank, int size, std::function<void()> on_death)
      : rank_(rank), size_(size), on_death_(std::move(on_death)) {}
  ~MpiTransport() override;
  MpiTransport(const MpiTransport&) = delete;
  MpiTransport& operator=(const MpiTransport&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void send(int to, std::vector<std::byte> bytes) override;
  std::optional<Message> receive(std::chrono::milliseconds timeout) override;
  bool flush(std::chrono::milliseconds timeout) override;
  std::vector<int> lost_ranks() const override { return lost_; }
  void allow_delay(std::chrono::microseconds delay) override {
    first_sleep_ = std::max(kFirstSleep, delay / kFirstPartOfDelay);
    longest_sleep_ = std::max(kLongestSleep, delay);
  }

 private:
  struct Outgoing {
    int to = 0;
    std::vector<std::byte> bytes;  // MPI reads them until the request is complete
  };
  struct Incoming {
    MPI_Request request = MPI_REQUEST_NULL;
    Message message;
  };

  /// check_mpi for calls that a rank's death may fail; false: it did, and that rank is now known.
  bool survives(int code, const char* call);
  void note_dead_ranks();
  void look_for_dead_ranks();
  bool is_lost(int rank) const { return std::find(lost_.begin(), lost_.end(), rank) != lost_.end(); }
  void retire_sends();
  void forget_sends_to_lost_ranks();
  /// Removes the sends for which `done` is true of their index.
  template <class Done>
  void remove_sends(Done&& done);
  void begin_receive();
  std::optional<Message> try_receive();
  /// Repeats `attempt` until it yields true or the time is over; false then.
  template <class Attempt>
  bool sleep_until(std::chrono::milliseconds timeout, Attempt&& attempt);

  int rank_;
  int size_;
  // Same indices, because MPI_Testsome takes the requests as an array.
  std::vector<MPI_Request> sending_;
  std::vector<Outgoing> outgoing_;
  std::vector<int> completed_;          // scratch for MPI_Testsome
  std::vector<MPI_Status> statuses_;    // the same
  std::unique_ptr<Incoming> incoming_;  // one at a time, so that messages keep their order
  std::vector<int> lost_;
  Clock::time_point next_look_{};
  std::chrono::microseconds first_sleep_ = kFirstSleep;
  std::chrono::microseconds longest_sleep_ = kLongestSleep;
  std::function<void()> on_death_;
};

/// MPI still owns the bytes of what a dead or silent rank has not taken: they must stay.
template <class Owner>
void leave_to_mpi(Owner&& owner) {
  [[maybe_unused]] auto* kept = new auto(std::forward<Owner>(owner));
}

MpiTransport::~MpiTransport() {
  if (!sending_.empty()) leave_to_mpi(std::move(outgoing_));
  if (incoming_) leave_to_mpi(std::move(incoming_));
}

bool MpiTransport::survives(int code, const char* call) {
  if (!says_that_a_rank_died(code)) {
    check_mpi(code, call);
    return true;
  }
  note_dead_ranks();
  return false;
}

/// A probe for any rank does not fail when one has died (Open MPI 5.0.10), so that somebody who only
/// listens has to ask.
void MpiTransport::look_for_dead_ranks() {
  if (!has_ulfm() || Clock::now() < next_look_) return;
  next_look_ = Clock::now() + kLookPeriod;
  note_dead_ranks();
}

void MpiTransport::note_dead_ranks() {
  const std::size_t known = lost_.size();
  for (const int rank : acknowledge_dead_ranks()) {
    if (!is_lost(rank)) lost_.push_back(rank);
  }
  if (lost_.size() == known) return;
  on_death_();
  forget_sends_to_lost_ranks();
  if (incoming_ && is_lost(incoming_->message.from)) leave_to_mpi(std::move(incoming_));
}

void MpiTransport::send(int to, std::vector<std::byte> bytes) {
  NAS_CHECK(bytes.size() <= static_cast<std::size_t>(INT_MAX), "a message of more than 2 GiB");
  retire_sends();
  if (is_lost(to)) return;
  MPI_Request request = MPI_REQUEST_NULL;
  const int size = static_cast<int>(bytes.size());
  const int code = MPI_Isend(bytes.data(), size, MPI_BYTE, to, kTag, MPI_COMM_WORLD, &request);
  if (!survives(code, "MPI_Isend")) return;
  sending_.push_back(request);
  outgoing_.push_back({to, std::move(bytes)});
}

template <class Done>
void MpiTransport::remove_sends(Done&& done) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < sending_.size(); ++i) {
    if (done(i)) continue;
    if (kept != i) {
      sending_[kept] = sending_[i];
      outgoing_[kept] = std::move(outgoing_[i]);
    }
    ++kept;
  }
  sending_.resize(kept);
  outgoing_.resize(kept);
}

void MpiTransport::retire_sends() {
  if (sending_.empty()) return;
  int count = 0;
  completed_.resize(sending_.size());
  statuses_.resize(sending_.size());
  const int code =
      MPI_Testsome(static_cast<int>(sending_.size()), sending_.data(), &count, completed_.data(), statuses_.data());
  if (code == MPI_ERR_IN_STATUS) {
    for (int i = 0; i < count; ++i) survives(statuses_[static_cast<std::size_t>(i)].MPI_ERROR, "MPI_Testsome");
  } else {
    survives(code, "MPI_Testsome");
  }
  // Also where nothing but what had failed before is left, which MPI counts as MPI_UNDEFINED.
  if (count != 0) remove_sends([this](std::size_t i) { return sending_[i] == MPI_REQUEST_NULL; });
}

void MpiTransport::forget_sends_to_lost_ranks() {
  remove_sends([this](std::size_t i) {
    if (!is_lost(outgoing_[i].to)) return false;
    if (sending_[i] != MPI_REQUEST_NULL) leave_to_mpi(std::move(outgoing_[i]));
    return true;
  });
}

void MpiTransport::begin_receive() {
  int found = 0;
  MPI_Message matched = MPI_MESSAGE_NULL;
  MPI_Status status;
  const int code = MPI_Improbe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &found, &matched, &status);
  if (!survives(code, "MPI_Improbe") || found == 0) return;
  int size = 0;
  check_mpi(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
  incoming_ = std::make_unique<Incoming>();
  incoming_->message.from = status.MPI_SOURCE;
  incoming_->message.bytes.resize(static_cast<std::size_t>(size));
  const int received = MPI_Imrecv(incoming_->message.bytes.data(), size, MPI_BYTE, &matched, &incoming_->request);
  if (!survives(received, "MPI_Imrecv")) incoming_.reset();
}

std::optional<Message> MpiTransport::try_receive() {
  if (!incoming_) begin_receive();
  if (!incoming_) return std::nullopt;
  int complete = 0;
  if (!survives(MPI_Test(&incoming_->request, &complete, MPI_STATUS_IGNORE), "MPI_Test")) {
    incoming_.reset();
    return std::nullopt;
  }
  if (complete == 0) return std::nullopt;
  const std::unique_ptr<Incoming> received = std::move(incoming_);
  // What arrived before its sender died may come out of MPI after that was noticed.
  if (is_lost(received->message.from)) return std::nullopt;
  return std::move(received->message);
}

template <class Attempt>
bool MpiTransport::sleep_until(std::chrono::milliseconds timeout, Attempt&& attempt) {
  if (attempt()) return true;
  const Clock::time_point deadline = Clock::now() + timeout;
  for (auto sleep = first_sleep_; Clock::now() < deadline; sleep = std::min(2 * sleep, longest_sleep_)) {
    std::this_thread::sleep_for(sleep);
    if (attempt()) return true;
  }
  return false;
}

std::optional<Message> MpiTransport::receive(std::chrono::milliseconds timeout) {
  std::optional<Message> message;
  const std::size_t lost = lost_.size();
  sleep_until(timeout, [&] {
    retire_sends();
    look_for_dead_ranks();
    message = try_receive();
    return message.has_value() || lost_.size() != lost;
  });
  return message;
}

bool MpiTransport::flush(std::chrono::milliseconds timeout) {
  return sleep_until(timeout, [&] {
    retire_sends();
    return sending_.empty();
  });
}

}  // namespace

std::unique_ptr<Transport> make_mpi_transport(int rank, int size, std::function<void()> on_death) {
  return std::make_unique<MpiTransport>(rank, size, std::move(on_death));
}

}  // namespace nas
