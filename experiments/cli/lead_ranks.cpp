#include "experiments/cli/lead_ranks.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "mpi/farm.h"
#include "mpi/handshake.h"
#include "mpi/mpi_session.h"
#include "mpi/node_facts.h"

namespace nas {
namespace {

constexpr std::chrono::seconds kGatherPatience{60};
constexpr std::chrono::seconds kStopPatience{30};

Result<SearchEnd> lead_others(MpiSession& session, const RankFacts& own, const Lead& lead) {
  const auto transport = session.make_transport();
  auto facts = gather_facts(*transport, own, kGatherPatience);
  if (!facts) throw Exception(facts.error().message);
  Ranks ranks{*transport, std::move(*facts)};
  auto result = lead(&ranks);
  const auto stopped = stop_ranks(*transport, ranks.lost, kStopPatience);
  if (!stopped) throw Exception(stopped.error().message + (result.ok() ? "" : "\n" + result.error().message));
  if (!ranks.lost.empty()) session.leave_alone();
  return result;
}

}  // namespace

Result<std::optional<SearchEnd>> run_on_ranks(const Lead& lead, const Follow& follow) {
  MpiSession session;
  const RankFacts own = facts_of_this_rank(session.rank(), session.node());
  if (session.rank() != kCoordinatorRank) {
    const auto transport = session.make_transport();
    if (follow(*transport, own) == Departure::Alone) session.leave_alone();
    return std::optional<SearchEnd>();
  }
  const auto ended = session.size() == 1 ? lead(nullptr) : lead_others(session, own, lead);
  if (!ended) return ended.error();
  return std::optional(*ended);
}

std::string launcher_words(const Ranks* ranks) {
  return ranks == nullptr ? std::string() : fmt::format("mpirun -n {} ", ranks->transport.size());
}

}  // namespace nas
