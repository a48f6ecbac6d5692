// How the ranks come together before the first candidate: facts up, setup down. Then the
// coordinator makes a Farm and the workers call run_worker.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "mpi/node_plan.h"
#include "mpi/transport.h"
#include "mpi/wire.h"
#include "nas/result.h"

namespace nas {

/// The coordinator is always rank 0.
inline constexpr int kCoordinatorRank = 0;

void send_message(Transport& transport, int to, const WireMessage& message);

/// Coordinator: the facts of all ranks in the order of ranks, `own` among them. Error: a rank is
/// silent for `timeout`, speaks another wire version, or was started with other arguments.
[[nodiscard]] Result<std::vector<RankFacts>> gather_facts(Transport& transport, const RankFacts& own,
                                                          std::chrono::milliseconds timeout);
/// Coordinator: what one worker evaluates and how.
void send_setup(Transport& transport, int to, std::string text);
/// Coordinator, where the search cannot begin: every worker returns from its wait and says goodbye.
void stop_workers(Transport& transport);

/// Worker.
void send_facts(Transport& transport, const RankFacts& own);
/// Worker: waits for the setup; none if the coordinator said Stop (the search cannot begin). Then
/// goodbye is said already.
[[nodiscard]] std::optional<std::string> receive_setup(Transport& transport);
/// Worker: it cannot go on; the coordinator ends the search with this line.
void send_trouble(Transport& transport, std::string message);

}  // namespace nas
