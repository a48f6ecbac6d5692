// The one wrapper round MPI calls, and user-level failure mitigation (ULFM): how an MPI that has it
// says that ranks have died. Elsewhere nobody ever has.
#pragma once

#include <vector>

namespace nas {

/// Throws nas::Exception with MPI's own words unless `code` is MPI_SUCCESS. `call` names it.
void check_mpi(int code, const char* call);

/// This build was made for an MPI that has it. Whether it acts is for the launcher to say: Open MPI
/// wants `mpirun --with-ft ulfm`.
[[nodiscard]] bool has_ulfm();

/// An MPI call returned this because the other side, or any rank that a receive could match, has died.
[[nodiscard]] bool says_that_a_rank_died(int mpi_code);

/// All ranks of MPI_COMM_WORLD that are known to have died, those noticed first in front. From here
/// on receives from any rank work again, those ranks apart. Throws nas::Exception.
[[nodiscard]] std::vector<int> acknowledge_dead_ranks();

}  // namespace nas
