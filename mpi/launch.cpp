#include "mpi/launch.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace nas {
namespace {

std::optional<int> integer_variable(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  int value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

struct Launcher {
  const char* rank;
  const char* size;
};

constexpr std::array<Launcher, 3> kLaunchers{{
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},  // Open MPI's mpirun
    {"PMIX_RANK", "SLURM_NTASKS"},                     // srun --mpi=pmix, PRRTE
    {"PMI_RANK", "PMI_SIZE"},                          // MPICH's launchers, srun --mpi=pmi2
}};

}  // namespace

std::optional<Launch> mpirun_launch() {
  for (const Launcher& launcher : kLaunchers) {
    const std::optional<int> rank = integer_variable(launcher.rank);
    if (rank) return Launch{*rank, integer_variable(launcher.size).value_or(0)};
  }
  return std::nullopt;
}

}  // namespace nas
