// What commands that run alone or under mpirun have in common: who leads, who follows, how they part.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "experiments/search/coordinator.h"
#include "mpi/worker.h"
#include "nas/result.h"

namespace nas {

/// What rank 0 does; `ranks` is null where it is alone.
using Lead = std::function<Result<SearchEnd>(Ranks* ranks)>;
/// What every other rank does.
using Follow = std::function<Departure(Transport& transport, const RankFacts& own)>;

/// Starts MPI where a launcher started this process, does this rank's part, and ends MPI. Whatever goes wrong at rank
/// 0, the other ranks are told to stop; nas::Exception where one does not answer, which leaves no way but to end the
/// job. Empty: this is not rank 0.
[[nodiscard]] Result<std::optional<SearchEnd>> run_on_ranks(const Lead& lead, const Follow& follow);

/// For people, in front of the command that goes on: "mpirun -n 4 " where there are several ranks.
[[nodiscard]] std::string launcher_words(const Ranks* ranks);

}  // namespace nas
