// nas space new

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>

#include "experiments/cli/space/space_rows.h"
#include "experiments/config/shipped_files.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStarterName = "space: starter";  // a line of the starter file

/// NAME or a path that ends in NAME.yaml -> the file to write.
Result<fs::path> file_for(const std::string& text) {
  fs::path file(text);
  if (file.extension() != ".yaml" && file.extension() != ".yml") file += ".yaml";
  const std::string name = file.stem().string();
  const bool is_name = !name.empty() && std::isalpha(static_cast<unsigned char>(name[0])) != 0 &&
                       std::all_of(name.begin(), name.end(),
                                   [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
  if (is_name) return file;
  return Error{
      fmt::format("'{}' is no name for a space, expected a letter, then letters, digits and _, such as "
                  "my_space",
                  name)};
}

Result<std::string> starter_text(const std::string& name) {
  const fs::path path = starter_space();
  std::ifstream in(path);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t at = text.find(kStarterName);
  if (!in || at == std::string::npos) {
    return Error{
        fmt::format("the starter file {} cannot be read (it ships with the program), install again", path.string())};
  }
  std::string title = name;
  std::replace(title.begin(), title.end(), '-', '_');
  return text.replace(at, kStarterName.size(), "space: " + title);
}

/// Never over a file that exists, also not one that appears meanwhile.
Result<Unit> write_new(const fs::path& file, const std::string& text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "wx"), std::fclose);
  if (!stream) {
    if (errno == EEXIST) return Error{fmt::format("{} exists already, choose another name", file.string())};
    return Error{fmt::format("{} cannot be written ({}), choose another folder", file.string(), std::strerror(errno))};
  }
  if (std::fwrite(text.data(), 1, text.size(), stream.get()) != text.size() || std::fflush(stream.get()) != 0) {
    return Error{fmt::format("{} cannot be written ({}), choose another folder", file.string(), std::strerror(errno))};
  }
  return Unit{};
}

Result<Unit> write_starter(const CommandLine& line, std::ostream& out) {
  const auto file = file_for(line.arguments[0]);
  if (!file) return file.error();
  const auto text = starter_text(file->stem().string());
  if (!text) return text.error();
  if (const auto written = write_new(*file, *text); !written) return written.error();
  fmt::print(out, "{0}: a small space to change; next: nas space validate {0}\n", file->string());
  return Unit{};
}

}  // namespace

Command space_new_row() {
  return {"space new",
          "NAME",
          "writes NAME.yaml, a small commented space to start from",
          1,
          1,
          [](cxxopts::OptionAdder) {},
          write_starter};
}

}  // namespace nas
