#include "experiments/config/shipped_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "nas/option.h"

namespace nas {

namespace {

namespace fs = std::filesystem;

/// Where one kind of file lies in an installation and in the source tree.
struct Kind {
  const char* word;       // in messages
  const char* installed;  // under $NAS_HOME and share/nas
  const char* in_source;
};

constexpr Kind kRecipes{"recipe", "recipes", "experiments/recipes"};
constexpr Kind kSpaces{"search space", "spaces", "search_spaces/library"};
constexpr Kind kStarters{"starter file", "starter", "search_spaces/starter"};

fs::path folder_of(const Kind& kind) {
  std::error_code failed;
  std::vector<fs::path> places;
  if (const char* home = std::getenv("NAS_HOME"); home != nullptr && *home != '\0') {
    places.push_back(fs::path(home) / kind.installed);
  }
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) places.push_back(program.parent_path().parent_path() / "share/nas" / kind.installed);
  places.push_back(fs::path(NAS_SOURCE_DIR) / kind.in_source);
  const auto found =
      std::find_if(places.begin(), places.end(), [&](const fs::path& p) { return fs::is_directory(p, failed); });
  return found == places.end() ? fs::path() : *found;
}

std::string first_comment(const fs::path& file) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t begin = line.find_first_not_of("# ");
    if (line.starts_with('#') && begin != std::string::npos) return line.substr(begin);
    if (!line.empty() && !line.starts_with('#')) break;
  }
  return {};
}

std::vector<ShippedFile> files_of(const Kind& kind) {
  std::vector<ShippedFile> files;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_of(kind), failed)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".yaml") files.push_back({path.stem().string(), first_comment(path), path});
  }
  std::sort(files.begin(), files.end(), [](const ShippedFile& a, const ShippedFile& b) { return a.name < b.name; });
  return files;
}

Result<fs::path> find(const Kind& kind, const std::string& text, const fs::path& folder) {
  if (text.empty()) return Error{fmt::format("expected the name of a {} or a path, got nothing", kind.word)};
  if (is_path(text)) {
    const fs::path path = fs::absolute(folder / text).lexically_normal();
    std::error_code failed;
    if (fs::exists(path, failed)) return path;
    return Error{fmt::format("there is no file {}, check the path (nas recipes lists what ships)", path.string())};
  }
  std::string name = text;
  std::replace(name.begin(), name.end(), '-', '_');
  std::vector<std::string> names;
  for (const ShippedFile& file : files_of(kind)) {
    if (file.name == name) return fs::absolute(file.path).lexically_normal();
    names.push_back(file.name);
  }
  return Error{
      fmt::format("unknown {} '{}'{} (a path holds a '/' or ends in .yaml)", kind.word, text, suggest(name, names))};
}

}  // namespace

std::vector<ShippedFile> shipped_recipes() { return files_of(kRecipes); }
std::vector<ShippedFile> shipped_spaces() { return files_of(kSpaces); }

fs::path starter_space() { return folder_of(kStarters) / "starter.yaml"; }

Result<fs::path> find_space(const std::string& name_or_path, const fs::path& folder) {
  return find(kSpaces, name_or_path, folder);
}

Result<fs::path> find_experiment(const std::string& name_or_path) {
  return find(kRecipes, name_or_path, fs::current_path());
}

bool is_path(const std::string& name_or_path) {
  const fs::path path(name_or_path);
  return name_or_path.find('/') != std::string::npos || path.extension() == ".yaml" || path.extension() == ".yml";
}

}  // namespace nas
