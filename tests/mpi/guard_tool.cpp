// What `nas guard` is in the program: the guard process of the tests.
#include <cstdlib>
#include <span>
#include <string_view>

#include "mpi/guard.h"

int main(int argc, char** argv) {
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() < 2 || std::string_view(arguments[1]) != "guard") return 2;
  // As `nas guard`. A leak check at exit would trace this process by signals, which the SIGCONT of
  // ChildProcess::terminate can break: it then hangs.
  std::_Exit(nas::guard_main(arguments.subspan(2)));
}
