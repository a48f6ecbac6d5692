#include "experiments/train/architecture_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "experiments/config/shipped_files.h"
#include "experiments/search/start_points.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

constexpr const char* kForms =
    "expected a library architecture such as resnet18, an architecture.yaml, {run: DIR, candidate: 17}, or {space: "
    "resnet, network: resnet18}";

std::string absolute_path(const std::string& path, const fs::path& folder) {
  return fs::absolute(folder / path).lexically_normal().string();
}

/// The space of the library that has an architecture of this name.
Result<ArchitectureChoice> library_architecture(const std::string& name) {
  std::vector<std::string> spaces;
  std::vector<std::string> names;
  for (const ShippedFile& file : shipped_spaces()) {
    const auto root = read_yaml(file.path);
    if (!root) continue;
    const auto space = TextSpace::make(*root);
    if (!space) continue;
    const std::vector<std::string> known = (*space)->architectures();
    names.insert(names.end(), known.begin(), known.end());
    if ((*space)->architecture_name(name)) spaces.push_back(file.name);
  }
  if (spaces.size() == 1) return ArchitectureChoice{.space = spaces.front(), .network = name};
  if (spaces.empty()) {
    return Error{fmt::format("no space of the library has an architecture '{}'{}", name, suggest(name, names))};
  }
  return Error{fmt::format("the spaces {} have an architecture '{}' each, write {{space: {}, network: {}}}",
                           fmt::join(spaces, ", "), name, spaces.front(), name)};
}

/// What is missing or too much; empty if nothing is.
std::string fault_of(const ArchitectureChoice& choice) {
  const int ways = !choice.run.empty() + !choice.space.empty() + !choice.file.empty();
  if (ways != 1) return kForms;
  if (!choice.run.empty() && choice.candidate.empty() == choice.best.empty()) {
    return "of a run say which: candidate: NUMBER, candidate: knee, or best: METRIC";
  }
  if (choice.run.empty() && !(choice.candidate + choice.best).empty())
    return "`candidate` and `best` belong to a `run`";
  if (choice.space.empty() != choice.network.empty()) {
    return "`space` and `network` go together, such as {space: resnet, network: resnet18}";
  }
  return {};
}

ArchitectureChoice read_text(const YamlNode& node, const fs::path& folder, Diagnostics& diagnostics) {
  if (is_path(node.text)) return {.file = absolute_path(node.text, folder)};
  auto found = library_architecture(node.text);
  if (found) return std::move(*found);
  diagnostics.add(node.place, "architecture", found.error().message);
  return {};
}

}  // namespace

Options options(ArchitectureChoice& choice) {
  return {
      {.name = "run", .target = &choice.run, .help = "a search: its directory"},
      {.name = "candidate", .target = &choice.candidate, .help = "of the run: a candidate's number, or knee"},
      {.name = "best", .target = &choice.best, .help = "of the run: the best candidate by this metric"},
      {.name = "space", .target = &choice.space, .help = "a search space, by its name in the library or its file"},
      {.name = "network",
       .target = &choice.network,
       .help = "of the space: an architecture's name, or a genotype such as \"3,0,1\""},
      {.name = "file", .target = &choice.file, .help = "an exported architecture.yaml"},
  };
}

ArchitectureChoice read_architecture_choice(const YamlNode& node, const fs::path& folder, Diagnostics& diagnostics) {
  if (node.kind == YamlNode::Kind::Scalar) return read_text(node, folder, diagnostics);
  ArchitectureChoice choice;
  if (node.kind != YamlNode::Kind::Map) {
    diagnostics.add(node.place, "architecture", kForms);
    return choice;
  }
  const std::size_t before = diagnostics.size();
  YamlNode texts = node;
  for (auto& [name, value] : texts.entries) value.quoted = true;  // `candidate: 17` is the text "17"
  read_options(texts, "architecture", options(choice), {}, diagnostics);
  if (diagnostics.size() > before) return choice;
  if (const std::string fault = fault_of(choice); !fault.empty()) {
    diagnostics.add(node.place, "architecture", fault);
    return choice;
  }
  for (std::string* path : {&choice.run, &choice.file}) {
    if (!path->empty()) *path = absolute_path(*path, folder);
  }
  if (is_path(choice.space)) choice.space = absolute_path(choice.space, folder);
  return choice;
}

Result<CandidateChoice> candidate_choice(const ArchitectureChoice& choice) {
  CandidateChoice chosen;
  if (!choice.best.empty()) {
    chosen.kind = CandidateChoice::Kind::Best;
    chosen.metric = choice.best;
    return chosen;
  }
  chosen.kind = choice.candidate == "knee" ? CandidateChoice::Kind::Knee : CandidateChoice::Kind::Candidate;
  if (chosen.kind == CandidateChoice::Kind::Knee) return chosen;
  const auto id = candidate_id_from(choice.candidate);
  if (!id) return id.error();
  chosen.id = *id;
  return chosen;
}

Result<ExportSubject> chosen_subject(const ArchitectureChoice& choice, const SpaceOverrides& more) {
  if (!choice.run.empty()) {
    const auto which = candidate_choice(choice);
    if (!which) return which.error();
    auto subjects = subjects_of_run(choice.run, *which, more);
    if (!subjects) return subjects.error();
    return std::move(subjects->front());
  }
  if (!choice.space.empty()) return subject_of_space(choice.space, choice.network, more);
  return subject_of_file(choice.file, more);
}

}  // namespace nas
