// Whether a launcher (mpirun, srun) started this process as one of several ranks; found out from
// the environment, so that `nas --help` never initialises MPI.
#pragma once

#include <optional>

namespace nas {

struct Launch {
  int rank = 0;
  int size = 0;  // 0: the launcher does not say
};

/// None for a process that was started on its own.
[[nodiscard]] std::optional<Launch> mpirun_launch();

[[nodiscard]] inline bool launched_by_mpirun() { return mpirun_launch().has_value(); }

}  // namespace nas
