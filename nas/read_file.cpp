#include "nas/read_file.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace nas {

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Error{fmt::format("{}: can't be read", file.string())};
  return std::move(text).str();
}

}  // namespace nas
