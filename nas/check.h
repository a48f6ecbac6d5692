// Our own bugs end the program with a message; expected failures use Result instead.
#pragma once

#include <stdexcept>
#include <string>

namespace nas {

/// Thrown for what ends the job: a broken invariant, no disk space, a failing system call.
/// Caught round one candidate's evaluation and in main, nowhere else.
class Exception : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& why);
}

}  // namespace nas

/// Invariant that holds unless this program has a bug; on in release builds too.
#define NAS_CHECK(condition, why)                                              \
  do {                                                                         \
    if (!(condition)) {                                                        \
      ::nas::detail::check_failed(#condition, __FILE__, __LINE__, (why));      \
    }                                                                          \
  } while (false)
