// MpiSession in builds without MPI: rank 0 of 1.
#include <fmt/format.h>

#include "mpi/local_transport.h"
#include "mpi/mpi_session.h"
#include "nas/check.h"

namespace nas {

MpiSession::MpiSession() {
  const std::optional<Launch> launch = mpirun_launch();
  if (launch && launch->size != 1) {
    throw Exception(
        "started as one of several ranks, but this build has no MPI (every rank would run the whole search), configure "
        "it with -DNAS_WITH_MPI=ON or start one process with --workers N");
  }
}

MpiSession::~MpiSession() = default;

std::unique_ptr<Transport> MpiSession::make_transport() { return LocalNetwork(1).endpoint(0); }

void MpiSession::leave_alone() {}

void MpiSession::leave_at_once(int) noexcept {}

void MpiSession::abort_all(int) noexcept {}

std::string mpi_library_version() { return "none (built without MPI)"; }

}  // namespace nas
