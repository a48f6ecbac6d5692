// A worker rank's loop: candidates from the coordinator into a local evaluator, results back.
#pragma once

#include "mpi/transport.h"
#include "mpi/wire.h"
#include "nas/evaluator.h"

namespace nas {

/// Says hello, evaluates until the coordinator says stop, drops what is unfinished then, and says
/// goodbye. `hello.slots` is taken from `local`. Results leave as soon as they are there; while it
/// waits it sleeps. Throws nas::Exception if the coordinator sends what is no message.
void run_worker(Transport& transport, Evaluator& local, HelloMessage hello);

/// The same for a rank that supervises nothing: hello with no slots, then waits for the stop.
void run_idle_worker(Transport& transport, HelloMessage hello);

}  // namespace nas
