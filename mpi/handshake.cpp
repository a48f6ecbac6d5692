#include "mpi/handshake.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "nas/check.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

constexpr auto kFlushPatience = 10s;

void check_coordinator_lives(const Transport& transport) {
  const std::vector<int> lost = transport.lost_ranks();
  if (std::find(lost.begin(), lost.end(), kCoordinatorRank) != lost.end()) {
    throw Exception("the coordinator has died before the search began, start it again");
  }
}

}  // namespace

void send_message(Transport& transport, int to, const WireMessage& message) { transport.send(to, encode(message)); }

Result<std::vector<RankFacts>> gather_facts(Transport& transport, const RankFacts& own,
                                            std::chrono::milliseconds timeout) {
  std::vector<std::optional<RankFacts>> gathered(static_cast<std::size_t>(transport.size()));
  gathered[static_cast<std::size_t>(transport.rank())] = own;
  for (int missing = transport.size() - 1; missing > 0;) {
    const std::optional<Message> message = transport.receive(timeout);
    if (const std::vector<int> lost = transport.lost_ranks(); !lost.empty()) {
      return Error{
          fmt::format("rank {} died before the search began (every rank has to report what it has), start it again",
                      fmt::join(lost, ", "))};
    }
    if (!message) {
      return Error{
          fmt::format("{} of {} ranks did not report within {} ms (the search needs all of them), do all "
                      "nodes reach each other?",
                      missing, transport.size(), timeout.count())};
    }
    Result<WireMessage> decoded = decode(message->bytes);
    if (!decoded) return Error{fmt::format("rank {} sent {}", message->from, decoded.error().message)};
    auto* facts = std::get_if<FactsMessage>(&decoded.value());
    auto& place = gathered[static_cast<std::size_t>(message->from)];
    NAS_CHECK(facts != nullptr && !place, "a rank's first message is not its facts");
    if (facts->facts.started_as != own.started_as) {
      return Error{
          fmt::format("rank {} on {} was started as `{}`, this one as `{}`; all ranks of a search need the same "
                      "version and arguments",
                      message->from, facts->facts.host, facts->facts.started_as, own.started_as)};
    }
    place = std::move(facts->facts);
    --missing;
  }
  std::vector<RankFacts> all;
  for (std::optional<RankFacts>& facts : gathered) all.push_back(std::move(*facts));
  return all;
}

void send_setup(Transport& transport, int to, std::string text) {
  send_message(transport, to, SetupMessage{std::move(text)});
}

void stop_workers(Transport& transport) {
  for (int rank = 0; rank < transport.size(); ++rank) {
    if (rank != transport.rank()) send_message(transport, rank, StopMessage{});
  }
}

void send_facts(Transport& transport, const RankFacts& own) {
  send_message(transport, kCoordinatorRank, FactsMessage{own});
}

std::optional<std::string> receive_setup(Transport& transport) {
  for (;;) {
    // The coordinator validates the experiment meanwhile; there is no telling how long that takes.
    const std::optional<Message> message = transport.receive(1s);
    if (!message) {
      check_coordinator_lives(transport);
      continue;
    }
    Result<WireMessage> decoded = decode(message->bytes);
    if (!decoded) throw Exception("the coordinator sent " + decoded.error().message);
    if (auto* setup = std::get_if<SetupMessage>(&decoded.value())) return std::move(setup->text);
    NAS_CHECK(std::holds_alternative<StopMessage>(decoded.value()), "neither setup nor stop before the search");
    send_message(transport, kCoordinatorRank, GoodbyeMessage{});
    (void)transport.flush(kFlushPatience);
    return std::nullopt;
  }
}

void send_trouble(Transport& transport, std::string message) {
  send_message(transport, kCoordinatorRank, TroubleMessage{std::move(message)});
  (void)transport.flush(kFlushPatience);
}

}  // namespace nas
