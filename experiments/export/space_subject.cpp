// Networks to be exported that no run has found: of a space, or of an architecture.yaml.

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "experiments/config/shipped_files.h"
#include "experiments/export/subject.h"
#include "experiments/search/start_points.h"
#include "nas/read_file.h"
#include "search_spaces/yaml_tree.h"

namespace nas {
namespace {

Result<ExportSubject> finish(ExportSubject subject) {
  auto built = build(subject.source);
  if (!built) return built.error();
  subject.built = std::move(*built);
  return subject;
}

/// A name wins over a genotype; its parameters and input come before those of `source`.
Result<ExportSubject> named(const YamlNode& root, const std::string& name, ExportSubject subject) {
  auto found = build_architecture(root, name, subject.source.overrides);
  if (!found) return found.error();
  subject.name = name;
  subject.title = fmt::format("{} of the search space {}", name, found->space->name());
  subject.source.overrides.architecture = name;
  subject.source.genotype = std::move(found->genotype);
  return finish(std::move(subject));
}

}  // namespace

Result<CandidateId> candidate_id_from(const std::string& text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) return CandidateId{id};
  return Error{fmt::format("'{}': expected the number of a candidate (nas front and nas trials list them)", text)};
}

Result<ExportSubject> subject_of_space(const std::string& name_or_path, const std::string& network,
                                       SpaceOverrides overrides) {
  const auto file = find_space(name_or_path, std::filesystem::current_path());
  if (!file) return file.error();
  auto text = read_file(*file);
  if (!text) return text.error();
  const auto root = parse_yaml(*text, file->string());
  if (!root) return root.error();
  const auto space = TextSpace::make(*root, overrides);
  if (!space) return space.error();
  ExportSubject subject{"", "", {file->string(), std::move(*text), std::move(overrides), {}}, {}, {}};
  if (const auto name = (*space)->architecture_name(network)) return named(*root, *name, std::move(subject));
  auto genotype = candidate_of_text(network, **space);
  if (!genotype) return genotype.error();
  subject.name = (*space)->name();
  subject.title = fmt::format("A network of the search space {}", (*space)->name());
  subject.source.genotype = std::move(genotype->genotype);
  return finish(std::move(subject));
}

Result<ExportSubject> subject_of_file(const std::filesystem::path& file, const SpaceOverrides& more) {
  auto source = read_architecture(file);
  if (!source) return source.error();
  override_more(*source, more);
  auto subject = finish({"", "", std::move(*source), {}, {}});
  if (!subject) return subject;
  subject->name = subject->built.space->name();
  subject->title = fmt::format("A network of the search space {}", subject->built.space->name());
  return subject;
}

}  // namespace nas
