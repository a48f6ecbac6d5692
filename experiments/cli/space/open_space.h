// What the commands on spaces have in common: the space that the command line names, with what
// --set and --input change in it, and genotypes that people give.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/cli/command.h"
#include "search_spaces/text_space.h"

namespace nas {

struct OpenedSpace {
  std::filesystem::path file;
  YamlNode root;
  SpaceOverrides overrides;
  std::unique_ptr<TextSpace> space;
};

/// --set and --input.
void declare_space_options(cxxopts::OptionAdder& add);
/// What these options say. Error: which one is wrong.
[[nodiscard]] Result<SpaceOverrides> space_overrides(const CommandLine& line);
void declare_json_option(cxxopts::OptionAdder& add);
[[nodiscard]] bool wants_json(const CommandLine& line);

/// The space named by the first argument. Error: no such file, all that is wrong with it or with
/// the options, a line each.
[[nodiscard]] Result<OpenedSpace> open_space(const CommandLine& line);

/// A genotype as people give it: checked, inactive genes written 0. `where` begins the error.
[[nodiscard]] Result<Genotype> read_genotype(const TextSpace& space, std::string_view text, std::string_view where);

}  // namespace nas
