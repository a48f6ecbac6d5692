// nas space draw

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <ostream>
#include <utility>

#include "experiments/cli/space/chosen_networks.h"
#include "experiments/cli/space/space_rows.h"
#include "experiments/store/run_directory.h"
#include "nas/option.h"
#include "nas/picture/picture.h"
#include "nas/picture/svg.h"

namespace nas {
namespace {

/// A network and what people call it: "darts, DARTS_V2".
struct Subject {
  ChosenNetwork network;
  std::string title;
};

Result<Subject> architecture_subject(OpenedSpace& opened, const std::string& name) {
  const auto names = architecture_names(*opened.space, {name});
  if (!names) return names.error();
  auto network = chosen_architecture(opened, names->front());
  if (!network) return network.error();
  return Subject{std::move(*network), names->front()};
}

Result<Subject> sample_subject(OpenedSpace& opened, std::uint64_t seed) {
  auto genotype = sample_with_network(*opened.space, seed);
  if (!genotype) return genotype.error();
  return Subject{{"", std::move(opened.space), std::move(*genotype)}, fmt::format("sample {}", seed)};
}

/// Without an option: the only network, the first that has a name, or a random one.
Result<Subject> subject_of(const CommandLine& line, OpenedSpace& opened) {
  const bool by_name = line.options.count("architecture") > 0;
  const bool by_genotype = line.options.count("genotype") > 0;
  const bool by_seed = line.options.count("sample") > 0;
  if (by_name + by_genotype + by_seed > 1) {
    return Error{"space draw: one network at a time, give one of --architecture, --genotype and --sample"};
  }
  if (by_name) return architecture_subject(opened, line.options["architecture"].as<std::string>());
  if (by_genotype) {
    auto genotype = read_genotype(*opened.space, line.options["genotype"].as<std::string>(), "--genotype");
    if (!genotype) return genotype.error();
    std::string title = "genotype " + to_string(*genotype);
    return Subject{{"", std::move(opened.space), std::move(*genotype)}, std::move(title)};
  }
  const bool alone = opened.space->genes().empty() || opened.space->architectures().empty();
  if (!by_seed && !alone) return architecture_subject(opened, opened.space->architectures().front());
  if (!by_seed && opened.space->genes().empty()) return Subject{{"", std::move(opened.space), {}}, "network"};
  return sample_subject(opened, by_seed ? line.options["sample"].as<std::uint64_t>() : 1);
}

Result<CellGraph> cell_of(const ChosenNetwork& chosen, const std::string& name) {
  const auto decoded = chosen.space->decode_cells(chosen.genotype);
  if (!decoded) return decoded.error();
  std::vector<std::string> names;
  for (const CellGraph& cell : decoded->cells) {
    if (cell.name == name) return cell;
    names.push_back(cell.name);
  }
  if (names.empty()) {
    return Error{
        fmt::format("--cell {}: this network of space '{}' has no cells, leave the option out for the whole "
                    "network",
                    name, chosen.space->name())};
  }
  return Error{fmt::format("--cell {}: this network of space '{}' has no such cell{}", name, chosen.space->name(),
                           suggest(name, names))};
}

Result<Picture> picture_for(const CommandLine& line, const Subject& subject) {
  const std::string title = fmt::format("{}, {}", subject.network.space->name(), subject.title);
  if (line.options.count("cell") > 0) {
    const auto cell = cell_of(subject.network, line.options["cell"].as<std::string>());
    if (!cell) return cell.error();
    Picture picture = picture_of(*cell);
    picture.subtitle = title;
    return picture;
  }
  const auto network = subject.network.space->decode(subject.network.genotype);
  if (!network) return network.error();
  return picture_of(*network, title);
}

/// "nasnet_large_normal.svg", here.
std::string default_file(const CommandLine& line, const OpenedSpace& opened, const Subject& subject) {
  std::string name = opened.file.stem().string() + "_" + subject.title;
  if (line.options.count("cell") > 0) name += "_" + line.options["cell"].as<std::string>();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '-'; }, '_');
  constexpr std::size_t kLongest = 100;  // a long genotype is no file name
  return name.substr(0, kLongest) + ".svg";
}

Result<Unit> draw(const CommandLine& line, std::ostream& out) {
  auto opened = open_space(line);
  if (!opened) return opened.error();
  if (!opened->space->has_network())
    return Error{fmt::format("space '{}' has no network, so there is nothing to draw", opened->space->name())};
  const auto subject = subject_of(line, *opened);
  if (!subject) return subject.error();
  const auto picture = picture_for(line, *subject);
  if (!picture) return picture.error();
  const std::string file = line.options.count("output") > 0 ? line.options["output"].as<std::string>()
                                                            : default_file(line, *opened, *subject);
  replace_file(file, to_svg(*picture));
  fmt::print(out, "{}\n", file);
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("architecture", "a named network of the space", cxxopts::value<std::string>(), "NAME");
  add("genotype", "option indices joined by commas", cxxopts::value<std::string>(), "G");
  add("sample", "a random network, by its seed", cxxopts::value<std::uint64_t>(), "SEED");
  add("cell", "this cell in place of the whole network", cxxopts::value<std::string>(), "NAME");
  add("output", "the file to write, in place of SPACE_NETWORK.svg here", cxxopts::value<std::string>(), "FILE.svg");
  declare_space_options(add);
}

std::string notes() {
  return "Without --architecture, --genotype and --sample: the first named network, or a random one. A file that\n"
         "exists is replaced.\n";
}

}  // namespace

Command space_draw_row() {
  return {"space draw",
          "SPACE [--architecture NAME | --genotype G | --sample SEED] [--cell NAME] [--output FILE.svg]",
          "a picture (SVG) of a network or of one of its cells; prints its path",
          1,
          1,
          declare,
          draw,
          notes};
}

}  // namespace nas
