#include "mpi/mpi_transport.h"

#include <mpi.h>

#include <algorithm>
#include <climits>
#include <thread>
#include <utility>

#include "mpi/mpi_check.h"
#include "nas/check.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTag = 1;
constexpr std::chrono::microseconds kFirstSleep{20};
constexpr std::chrono::microseconds kLongestSleep{1000};

/// Test and sleep, doubling the sleep: no call here ever waits inside MPI, which would spin and,
/// for a dead receiver, never return.
class MpiTransport final : public Transport {
 public:
  MpiTransport(int rank, int size) : rank_(rank), size_(size) {}
  ~MpiTransport() override;
  MpiTransport(const MpiTransport&) = delete;
  MpiTransport& operator=(const MpiTransport&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void send(int to, std::vector<std::byte> bytes) override;
  std::optional<Message> receive(std::chrono::milliseconds timeout) override;
  bool flush(std::chrono::milliseconds timeout) override;

 private:
  struct Incoming {
    MPI_Request request = MPI_REQUEST_NULL;
    Message message;
  };

  void retire_sends();
  void begin_receive();
  std::optional<Message> try_receive();
  /// Repeats `attempt` until it yields true or the time is over; false then.
  template <class Attempt>
  static bool sleep_until(std::chrono::milliseconds timeout, Attempt&& attempt);

  int rank_;
  int size_;
  // Same indices: MPI reads the bytes until the request is complete.
  std::vector<MPI_Request> sending_;
  std::vector<std::vector<std::byte>> buffers_;
  std::vector<int> completed_;        // scratch for MPI_Testsome
  std::optional<Incoming> incoming_;  // one at a time, so that messages keep their order
};

MpiTransport::~MpiTransport() {
  // Only after a failure: a receiver that never took its message. MPI still owns those bytes.
  if (!sending_.empty()) [[maybe_unused]]
    auto* kept = new std::vector(std::move(buffers_));
  if (incoming_) [[maybe_unused]]
    auto* kept = new Incoming(std::move(*incoming_));
}

void MpiTransport::send(int to, std::vector<std::byte> bytes) {
  NAS_CHECK(bytes.size() <= static_cast<std::size_t>(INT_MAX), "a message of more than 2 GiB");
  retire_sends();
  MPI_Request request = MPI_REQUEST_NULL;
  const int size = static_cast<int>(bytes.size());
  check_mpi(MPI_Isend(bytes.data(), size, MPI_BYTE, to, kTag, MPI_COMM_WORLD, &request), "MPI_Isend");
  sending_.push_back(request);
  buffers_.push_back(std::move(bytes));
}

void MpiTransport::retire_sends() {
  if (sending_.empty()) return;
  int count = 0;
  completed_.resize(sending_.size());
  check_mpi(
      MPI_Testsome(static_cast<int>(sending_.size()), sending_.data(), &count, completed_.data(), MPI_STATUSES_IGNORE),
      "MPI_Testsome");
  if (count <= 0) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < sending_.size(); ++i) {
    if (sending_[i] == MPI_REQUEST_NULL) continue;
    if (kept != i) {
      sending_[kept] = sending_[i];
      buffers_[kept] = std::move(buffers_[i]);
    }
    ++kept;
  }
  sending_.resize(kept);
  buffers_.resize(kept);
}

void MpiTransport::begin_receive() {
  int found = 0;
  MPI_Message matched = MPI_MESSAGE_NULL;
  MPI_Status status;
  check_mpi(MPI_Improbe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &found, &matched, &status), "MPI_Improbe");
  if (found == 0) return;
  int size = 0;
  check_mpi(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
  Incoming& incoming = incoming_.emplace();
  incoming.message.from = status.MPI_SOURCE;
  incoming.message.bytes.resize(static_cast<std::size_t>(size));
  check_mpi(MPI_Imrecv(incoming.message.bytes.data(), size, MPI_BYTE, &matched, &incoming.request), "MPI_Imrecv");
}

std::optional<Message> MpiTransport::try_receive() {
  if (!incoming_) begin_receive();
  if (!incoming_) return std::nullopt;
  int complete = 0;
  check_mpi(MPI_Test(&incoming_->request, &complete, MPI_STATUS_IGNORE), "MPI_Test");
  if (complete == 0) return std::nullopt;
  Message message = std::move(incoming_->message);
  incoming_.reset();
  return message;
}

template <class Attempt>
bool MpiTransport::sleep_until(std::chrono::milliseconds timeout, Attempt&& attempt) {
  if (attempt()) return true;
  const Clock::time_point deadline = Clock::now() + timeout;
  for (auto sleep = kFirstSleep; Clock::now() < deadline; sleep = std::min(2 * sleep, kLongestSleep)) {
    std::this_thread::sleep_for(sleep);
    if (attempt()) return true;
  }
  return false;
}

std::optional<Message> MpiTransport::receive(std::chrono::milliseconds timeout) {
  std::optional<Message> message;
  sleep_until(timeout, [&] {
    retire_sends();
    message = try_receive();
    return message.has_value();
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

std::unique_ptr<Transport> make_mpi_transport(int rank, int size) { return std::make_unique<MpiTransport>(rank, size); }

}  // namespace nas
