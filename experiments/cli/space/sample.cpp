// nas space sample

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "experiments/cli/space/open_space.h"
#include "experiments/cli/space/space_rows.h"

namespace nas {
namespace {

Result<Unit> sample(const CommandLine& line, std::ostream& out) {
  const auto opened = open_space(line);
  if (!opened) return opened.error();
  const TextSpace& space = *opened->space;
  const auto count = line.options["count"].as<std::uint64_t>();
  const auto seed = line.options["seed"].as<std::uint64_t>();
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (std::uint64_t i = 0; i < count; ++i) {
    Rng rng(seed, i, Stream::Sample);
    const auto genotype = space.try_sample(rng);
    if (!genotype) return genotype.error();
    if (wants_json(line)) {
      json.push_back({{"genotype", to_string(*genotype)}, {"choices", choices_by_name(space, *genotype)}});
    } else {
      fmt::print(out, "{}\n", to_string(*genotype));
    }
  }
  if (wants_json(line)) fmt::print(out, "{}\n", json.dump(2));
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("count", "how many", cxxopts::value<std::uint64_t>()->default_value("10"), "N");
  add("seed", "of the random numbers", cxxopts::value<std::uint64_t>()->default_value("1"), "S");
  add("json", "with the active choices by name");
  declare_space_options(add);
}

}  // namespace

Command space_sample_row() {
  return {"space sample", "SPACE --count N --seed S [--json]", "random genotypes, one a line", 1, 1, declare, sample};
}

}  // namespace nas
