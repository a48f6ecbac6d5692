// The one wrapper round MPI calls.
#pragma once

namespace nas {

/// Throws nas::Exception with MPI's own words unless `code` is MPI_SUCCESS. `call` names it.
void check_mpi(int code, const char* call);

}  // namespace nas
