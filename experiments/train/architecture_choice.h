// `architecture:` of a training file: which network is to be trained.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/config/diagnostics.h"
#include "experiments/export/subject.h"
#include "nas/option.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

/// One of `run`, `space` and `file` is set. Paths are absolute once read.
struct ArchitectureChoice {
  std::string run = {};
  std::string candidate = {};  // of the run: its number, or `knee`
  std::string best = {};       // of the run: a metric
  std::string space = {};      // in the library, or a file
  std::string network = {};    // of the space: an architecture's name, or a genotype
  std::string file = {};       // architecture.yaml
};

/// Rows bound to this object's fields.
[[nodiscard]] Options options(ArchitectureChoice& choice);

/// A map with these rows; or a text: the path of an architecture.yaml, or the name of an
/// architecture of any space of the library. Paths are relative to `folder`.
[[nodiscard]] ArchitectureChoice read_architecture_choice(const YamlNode& node, const std::filesystem::path& folder,
                                                          Diagnostics& diagnostics);

/// That network under `more`, which goes over the parameters and the input that it has by itself.
/// Error: there is none, or not under `more`.
[[nodiscard]] Result<ExportSubject> chosen_subject(const ArchitectureChoice& choice, const SpaceOverrides& more);

/// How the choices of a run's candidates are written: `knee`, `17`, or a metric under `best`.
[[nodiscard]] Result<CandidateChoice> candidate_choice(const ArchitectureChoice& choice);

}  // namespace nas
