// architecture.yaml: one network of a search space, with the space's own text, so that it reads
// back anywhere. Format: docs/export.md.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "nas/candidate.h"
#include "nas/network.h"
#include "nas/result.h"
#include "search_spaces/text_space.h"

namespace nas {

inline constexpr int kArchitectureFormat = 1;

/// What a network is made from.
struct ArchitectureSource {
  std::string space_name;  // what errors call the text
  std::string space_text;  // YAML
  SpaceOverrides overrides;
  Genotype genotype;
};

/// That network, and the space as the overrides have it.
struct BuiltArchitecture {
  std::shared_ptr<const TextSpace> space;
  Network network;
};

/// Error: the space, what the overrides change, or the genotype under them is wrong.
[[nodiscard]] Result<BuiltArchitecture> build(const ArchitectureSource& source);

/// The file's text; `title` is its first comment.
[[nodiscard]] std::string architecture_text(const ArchitectureSource& source, const BuiltArchitecture& built,
                                            const std::string& title);

/// Error: all that is wrong, a line each with its place: unknown keys, another format, no genotype.
[[nodiscard]] Result<ArchitectureSource> read_architecture(const std::filesystem::path& file);

/// `more` goes over what `source` has: a parameter by its name, the input as a whole.
void override_more(ArchitectureSource& source, const SpaceOverrides& more);

}  // namespace nas
