// What `nas guard` is in the program: the guard process of the tests.
#include <span>
#include <string_view>

#include "mpi/guard.h"

int main(int argc, char** argv) {
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() < 2 || std::string_view(arguments[1]) != "guard") return 2;
  return nas::guard_main(arguments.subspan(2));
}
