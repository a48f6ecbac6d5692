#include "nas/check.h"

#include <fmt/format.h>

namespace nas::detail {

void check_failed(const char* condition, const char* file, int line, const std::string& why) {
  throw Exception(fmt::format("internal error at {}:{}: {} ({}), please report it", file, line, condition, why));
}

}  // namespace nas::detail
