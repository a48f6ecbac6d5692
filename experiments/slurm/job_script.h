// `nas slurm`: a batch script that searches, stops in time and submits itself again until the
// search is done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/result.h"

namespace nas {

struct JobRequest {
  std::string name;        // of the job
  std::string program;     // nas, absolute
  std::string experiment;  // absolute, or a recipe's name
  std::string run;         // directory, absolute
  std::vector<std::string> sets;
  std::int64_t nodes = 1;
  std::int64_t gpus_per_node = 0;
  std::int64_t ranks_per_node = 2;  // the second one of a node, so that rank 0 only coordinates
  std::string time;                 // as Slurm takes it
  std::int64_t grace_seconds = 120;
  bool srun = false;               // ranks started by srun's PMIx instead of mpirun
  std::vector<std::string> lines;  // further #SBATCH options: "--partition=gpu"
};

/// Seconds before the time limit at which Slurm is asked for its signal: the grace period, and time
/// for the store, the children's end and MPI's.
[[nodiscard]] std::int64_t warning_seconds(const JobRequest& request);

/// The script. Error: the time limit leaves no time to search.
[[nodiscard]] Result<std::string> job_script(const JobRequest& request);

/// `text` as one word of a POSIX shell.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace nas
