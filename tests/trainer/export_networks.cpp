// Test tool: prints every named architecture of the library at a size that a test can afford, one
// JSON object a line: {"name": "resnet/resnet18", "network"}. With a space and an architecture as
// arguments: that one at its full size.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "nas/network_json.h"
#include "tests/trainer/reduced_space.h"

namespace {

namespace fs = std::filesystem;

void print(const std::string& name, const nas::Network& network) {
  std::cout << nlohmann::json{{"name", name}, {"network", nas::network_to_json(network)}}.dump() << "\n";
}

void print_reduced(const fs::path& file, const nas::YamlNode& root) {
  for (const std::string& name : nas::ReducedSpace(root).full().architectures()) {
    nas::ReducedSpace space(root, name);
    print(file.stem().string() + "/" + name, space.network(space.full().architecture(name).value()).value());
  }
}

int print_full(const std::string& space, const std::string& name) {
  const auto root = nas::read_yaml(fs::path(NAS_LIBRARY_DIR) / (space + ".yaml"));
  const auto build = nas::build_architecture(root.value(), name);
  print(space + "/" + name, build.value().space->decode(build.value().genotype).value());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) return print_full(argv[1], argv[2]);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(NAS_LIBRARY_DIR)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    const auto root = nas::read_yaml(file);
    if (root.value().find("network") != nullptr) print_reduced(file, root.value());
  }
  return 0;
}
