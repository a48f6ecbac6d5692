#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string_view>

#include "experiments/cli/command.h"
#include "mpi/guard.h"
#include "mpi/mpi_session.h"

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  // Without exit handlers: a guard has nothing to flush, and signals may still reach it.
  if (argc > 1 && std::string_view(argv[1]) == "guard") std::_Exit(nas::guard_main(arguments.subspan(2)));
  try {
    const int code = nas::run_command_line(arguments);
    nas::MpiSession::leave_at_once(code);
    return code;
  } catch (const std::exception& error) {
    fmt::print(stderr, "nas: {}\n", error.what());
    nas::MpiSession::abort_all(nas::kExitFailure);
    return nas::kExitFailure;
  }
}
