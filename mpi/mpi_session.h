// MPI from start to end. In a process that no launcher started, and in a build without MPI, the
// same class is rank 0 of 1 and makes no MPI calls, so callers need no #ifdef.
//
// The order of the end (anything else may hang in MPI_Finalize): 1. the coordinator has made
// everything durable; 2. stop_ranks (or stop_workers), answered by the workers' goodbye;
// 3. evaluators and transports are destroyed; 4. the session is destroyed, on every rank. After a
// failure, or where step 2 finds a silent rank, abort_all instead of 3 and 4.
#pragma once

#include <memory>
#include <string>

#include "mpi/launch.h"
#include "mpi/transport.h"

namespace nas {

class MpiSession {
 public:
  /// Initialises MPI where a launcher started this process, at thread level FUNNELED: from here on
  /// only this thread may use the session and its transport. Throws nas::Exception where MPI
  /// cannot do that, or where this build has no MPI but several ranks were started.
  MpiSession();
  /// Finalises MPI unless an exception is on its way up.
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  /// The lowest rank on this machine: equal for exactly those ranks that share one.
  [[nodiscard]] int node() const { return node_; }

  /// At most one at a time; to be destroyed before the session.
  [[nodiscard]] std::unique_ptr<Transport> make_transport();

  /// Ranks were lost, so that MPI_Finalize would wait for them: the process then ends without it,
  /// by leave_at_once.
  void leave_alone();
  /// For the end of `main`: ends the process with `code` where leave_alone was called.
  static void leave_at_once(int code) noexcept;

  /// Ends all ranks of the job with this exit code, if there are others; returns otherwise. For
  /// `main` after an exception. Safe before and after the session.
  static void abort_all(int code) noexcept;

 private:
  bool initialised_ = false;
  int exceptions_ = 0;  // under way when the session began
  int rank_ = 0;
  int size_ = 1;
  int node_ = 0;
};

/// E.g. "Open MPI v4.1.4", "Open MPI v5.0.10 with ULFM" where lost ranks can be noticed, or that this build has none.
/// Works without a session.
[[nodiscard]] std::string mpi_library_version();

}  // namespace nas
