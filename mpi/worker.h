// A rank that evaluates: candidates from the coordinator to the local evaluator, results back.
#pragma once

#include "mpi/farm_rules.h"
#include "mpi/transport.h"
#include "nas/evaluator.h"

namespace nas {

/// How a worker's rank may leave the job.
enum class Departure {
  Together,  // with MPI_Finalize
  Alone,     // ranks were lost, so MPI_Finalize would hang: by _exit
};

/// Evaluates until the coordinator says Stop; then says goodbye. `local`: null for a rank that no
/// device is left for. Its heartbeat comes from its own loop, which never waits for training.
/// Throws nas::Exception where the coordinator is gone, or silent for ten times the patience.
[[nodiscard]] Departure run_worker(Transport& transport, Evaluator* local, const FarmTiming& timing);

}  // namespace nas
