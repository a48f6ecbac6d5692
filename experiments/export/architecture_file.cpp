#include "experiments/export/architecture_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "experiments/config/diagnostics.h"
#include "nas/option.h"

namespace nas {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> kKeys = {"architecture", "space",   "genotype", "choices",   "parameters",
                                                   "input",        "classes", "based_on", "space_text"};

json number_json(double value) {
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::fabs(value) < kExactIntegers) return static_cast<std::int64_t>(value);
  return value;
}

json shape_json(const Shape& shape) {
  json sizes = json::array();
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return {{"channels", shape.channels}, {"size", std::move(sizes)}};
}

/// As a block of YAML that a person can read.
std::string literal_block(const std::string& text) {
  std::string block;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    block += line.empty() ? "\n" : fmt::format("  {}\n", line);
    begin = end + 1;
  }
  return block;
}

/// Reads the keys of one file; collects what is wrong.
class Reader {
 public:
  explicit Reader(const YamlNode& root) : root_(root) {}

  Result<ArchitectureSource> read() {
    if (root_.kind != YamlNode::Kind::Map) {
      return Error{fmt::format("{}: expected an architecture that nas export wrote", to_string(root_.place))};
    }
    check_keys();
    check_format();
    ArchitectureSource source;
    source.space_name = text_of("space");
    source.space_text = text_of("space_text");
    source.overrides.architecture = root_.find("based_on") != nullptr ? text_of("based_on") : "";
    read_genotype(source);
    read_parameters(source);
    read_input(source);
    if (const YamlNode* classes = root_.find("classes")) source.overrides.classes = number_of(*classes, "classes");
    if (!errors_.empty()) return Error{errors_};
    return source;
  }

 private:
  void wrong(const YamlNode& node, const std::string& what) {
    errors_ += fmt::format("{}{}: {}", errors_.empty() ? "" : "\n", to_string(node.place), what);
  }

  void check_keys() {
    const std::vector<std::string> known(kKeys.begin(), kKeys.end());
    for (const auto& [key, value] : root_.entries) {
      if (std::ranges::find(known, key) == known.end()) {
        wrong(value, fmt::format("unknown key '{}'{}", key, suggest(key, known)));
      }
    }
  }

  void check_format() {
    const YamlNode* format = root_.find("architecture");
    if (format == nullptr) return wrong(root_, "no key `architecture` (is it a file that nas export wrote?)");
    if (format->number() != kArchitectureFormat) {
      wrong(*format,
            fmt::format("architecture: format {} (this program reads {}), use the version of nas that wrote it",
                        format->text, kArchitectureFormat));
    }
  }

  std::string text_of(const char* key) {
    const YamlNode* node = root_.find(key);
    if (node != nullptr && node->kind == YamlNode::Kind::Scalar) return node->text;
    wrong(node == nullptr ? root_ : *node, fmt::format("{}: expected a text", key));
    return {};
  }

  double number_of(const YamlNode& node, const std::string& what) {
    if (const auto number = node.number()) return *number;
    wrong(node, fmt::format("{}: expected a number", what));
    return 0;
  }

  void read_genotype(ArchitectureSource& source) {
    const YamlNode* node = root_.find("genotype");
    if (node == nullptr) return wrong(root_, "no key `genotype` (option indices joined by commas)");
    const auto genotype = genotype_from(node->text);
    if (!genotype) return wrong(*node, fmt::format("genotype: '{}' is none, expected such as \"0,3,1\"", node->text));
    source.genotype = *genotype;
  }

  void read_parameters(ArchitectureSource& source) {
    const YamlNode* node = root_.find("parameters");
    if (node == nullptr) return;
    for (const auto& [name, value] : node->entries) {
      source.overrides.parameters.push_back({name, number_of(value, "parameters." + name), value.place});
    }
  }

  void read_input(ArchitectureSource& source) {
    const YamlNode* node = root_.find("input");
    if (node == nullptr) return;
    const YamlNode* channels = node->find("channels");
    const YamlNode* size = node->find("size");
    if (channels == nullptr || size == nullptr || size->items.size() > Shape::kMaxDims) {
      return wrong(*node, "input: expected {channels: 3, size: [32, 32]}, up to three sizes");
    }
    Shape shape;
    shape.channels = static_cast<std::int64_t>(number_of(*channels, "input.channels"));
    for (const YamlNode& axis : size->items) {
      shape.size[shape.dims++] = static_cast<std::int64_t>(number_of(axis, "input.size"));
    }
    if (const auto error = check_shape(shape)) return wrong(*node, "input: " + error->message);
    source.overrides.input = shape;
  }

  const YamlNode& root_;
  std::string errors_;
};

}  // namespace

Result<BuiltArchitecture> build(const ArchitectureSource& source) {
  const auto tree = parse_yaml(source.space_text, source.space_name);
  if (!tree) return tree.error();
  auto space = TextSpace::make(*tree, source.overrides);
  if (!space) return space.error();
  if (!(*space)->has_network()) {
    return Error{fmt::format("space '{}' has no network, so there is nothing to export", (*space)->name())};
  }
  if (const auto error = check_genotype((*space)->genes(), source.genotype)) {
    return Error{
        fmt::format("genotype {}: {} (the space's genes are others under these parameters), nas space describe "
                    "lists them",
                    to_string(source.genotype), error->message)};
  }
  auto network = (*space)->decode(source.genotype);
  if (!network) return network.error();
  auto pruned = remove_unused(*network);
  if (!pruned) return pruned.error();
  return BuiltArchitecture{std::move(*space), std::move(*network)};
}

std::string architecture_text(const ArchitectureSource& source, const BuiltArchitecture& built,
                              const std::string& title) {
  json head = {{"architecture", kArchitectureFormat},
               {"space", built.space->name()},
               {"genotype", to_string(source.genotype)},
               {"choices", choices_by_name(*built.space, source.genotype)}};
  for (const auto& [name, value, place] : source.overrides.parameters) head["parameters"][name] = number_json(value);
  if (source.overrides.input) head["input"] = shape_json(*source.overrides.input);
  if (source.overrides.classes) head["classes"] = number_json(*source.overrides.classes);
  if (!source.overrides.architecture.empty()) head["based_on"] = source.overrides.architecture;
  return fmt::format(
      "# {}\n# Reads back: nas export --from architecture.yaml, with other --set parameters.NAME=NUMBER if need be.\n"
      "# Genotype and parameters count; choices are the same for people.\n{}space_text: |2\n{}",
      title, yaml_text(head), literal_block(source.space_text));
}

Result<ArchitectureSource> read_architecture(const std::filesystem::path& file) {
  const auto root = read_yaml(file);
  if (!root) return root.error();
  auto source = Reader(*root).read();
  if (!source) return source;
  source->space_name = fmt::format("{}: space_text", file.string());
  return source;
}

void override_more(ArchitectureSource& source, const SpaceOverrides& more) {
  auto& parameters = source.overrides.parameters;
  for (const ParameterOverride& parameter : more.parameters) {
    std::erase_if(parameters, [&](const ParameterOverride& old) { return old.name == parameter.name; });
    if (parameter.name == "classes") source.overrides.classes.reset();
    parameters.push_back(parameter);
  }
  if (more.input) source.overrides.input = more.input;
}

}  // namespace nas
