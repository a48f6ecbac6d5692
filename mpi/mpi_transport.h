// Transport over MPI_COMM_WORLD. Made by MpiSession; there in builds with MPI only.
#pragma once

#include <functional>
#include <memory>

#include "mpi/transport.h"

namespace nas {

/// REQUIRES: MPI is initialised, at least at level FUNNELED, and finalised later; the transport is
/// used by the thread that initialised it. `on_death`: called when ranks are newly known to have died.
[[nodiscard]] std::unique_ptr<Transport> make_mpi_transport(int rank, int size, std::function<void()> on_death);

}  // namespace nas
