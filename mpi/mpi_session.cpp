#include "mpi/mpi_session.h"

#include <fmt/format.h>
#include <mpi.h>
#ifdef NAS_HAVE_ULFM
#include <mpi-ext.h>
#endif

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <numeric>
#include <string_view>

#include "mpi/local_transport.h"
#include "mpi/mpi_check.h"
#include "mpi/mpi_transport.h"
#include "nas/check.h"

namespace nas {
namespace {

/// The lowest rank of those that share this machine's memory.
int lowest_rank_here(int rank) {
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node),
            "MPI_Comm_split_type");
  int lowest = rank;
  check_mpi(MPI_Bcast(&lowest, 1, MPI_INT, 0, node), "MPI_Bcast");
  check_mpi(MPI_Comm_free(&node), "MPI_Comm_free");
  return lowest;
}

bool leaves_alone = false;

bool is_running() {
  int initialised = 0;
  int finalised = 0;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  return initialised != 0 && finalised == 0;
}

}  // namespace

void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) length = 0;
  throw Exception(fmt::format("{} failed: {}", call, std::string_view(text.data(), static_cast<std::size_t>(length))));
}

#ifdef NAS_HAVE_ULFM

namespace {

std::vector<int> world_ranks_of(MPI_Group group) {
  int size = 0;
  check_mpi(MPI_Group_size(group, &size), "MPI_Group_size");
  std::vector<int> own(static_cast<std::size_t>(size));
  std::iota(own.begin(), own.end(), 0);
  std::vector<int> ranks(own.size());
  MPI_Group world = MPI_GROUP_NULL;
  check_mpi(MPI_Comm_group(MPI_COMM_WORLD, &world), "MPI_Comm_group");
  check_mpi(MPI_Group_translate_ranks(group, size, own.data(), world, ranks.data()), "MPI_Group_translate_ranks");
  check_mpi(MPI_Group_free(&world), "MPI_Group_free");
  return ranks;
}

}  // namespace

bool has_ulfm() { return true; }

bool says_that_a_rank_died(int mpi_code) {
  int kind = MPI_SUCCESS;
  if (mpi_code == MPI_SUCCESS || MPI_Error_class(mpi_code, &kind) != MPI_SUCCESS) return false;
  return kind == MPIX_ERR_PROC_FAILED || kind == MPIX_ERR_PROC_FAILED_PENDING;
}

std::vector<int> acknowledge_dead_ranks() {
  int size = 0;
  int acknowledged = 0;
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
  check_mpi(MPIX_Comm_ack_failed(MPI_COMM_WORLD, size, &acknowledged), "MPIX_Comm_ack_failed");
  MPI_Group failed = MPI_GROUP_NULL;
  check_mpi(MPIX_Comm_get_failed(MPI_COMM_WORLD, &failed), "MPIX_Comm_get_failed");
  std::vector<int> ranks = world_ranks_of(failed);
  // A predefined handle where nobody has died.
  if (failed != MPI_GROUP_EMPTY) check_mpi(MPI_Group_free(&failed), "MPI_Group_free");
  return ranks;
}

#else

bool has_ulfm() { return false; }

bool says_that_a_rank_died(int) { return false; }

std::vector<int> acknowledge_dead_ranks() { return {}; }

#endif

MpiSession::MpiSession() : exceptions_(std::uncaught_exceptions()) {
  if (!launched_by_mpirun()) return;
  int granted = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &granted), "MPI_Init_thread");
  initialised_ = true;
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  if (granted < MPI_THREAD_FUNNELED) {
    throw Exception("this MPI grants no thread support (the store and libraries use threads), use one built with it");
  }
  check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  node_ = lowest_rank_here(rank_);
}

MpiSession::~MpiSession() {
  if (initialised_ && !leaves_alone && std::uncaught_exceptions() == exceptions_) MPI_Finalize();
}

void MpiSession::leave_alone() { leaves_alone = initialised_; }

void MpiSession::leave_at_once(int code) noexcept {
  if (!leaves_alone) return;
  std::fflush(nullptr);
  std::_Exit(code);
}

std::unique_ptr<Transport> MpiSession::make_transport() {
  if (!initialised_) return LocalNetwork(1).endpoint(0);
  return make_mpi_transport(rank_, size_, [] { leaves_alone = true; });
}

void MpiSession::abort_all(int code) noexcept {
  if (is_running()) MPI_Abort(MPI_COMM_WORLD, code);
}

std::string mpi_library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  if (MPI_Get_library_version(text.data(), &length) != MPI_SUCCESS) return "MPI of unknown version";
  const std::string_view version(text.data(), static_cast<std::size_t>(length));
  return fmt::format("{}{}", version.substr(0, version.find_first_of(",\n")), has_ulfm() ? " with ULFM" : "");
}

}  // namespace nas
