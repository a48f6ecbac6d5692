// nas space validate

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ostream>

#include "experiments/cli/space/chosen_networks.h"
#include "experiments/cli/space/space_rows.h"
#include "experiments/commands/count_text.h"

namespace nas {
namespace {

constexpr std::uint64_t kSamples = 200;

struct SampledNetworks {
  std::vector<std::int64_t> params;
  std::vector<std::int64_t> macs;
  std::vector<std::string> outputs;  // shapes, each once
};

SampledNetworks sample_networks(const TextSpace& space) {
  SampledNetworks sampled;
  const std::uint64_t samples = space.genes().empty() ? 1 : kSamples;
  for (std::uint64_t i = 0; i < samples; ++i) {
    Rng rng(1, i, Stream::Sample);
    const auto network = space.decode(space.sample(rng));
    if (!network) continue;
    const Cost cost = count_cost(*network);
    sampled.params.push_back(cost.params);
    sampled.macs.push_back(cost.macs);
    const std::string output = to_string(network->shape_of(network->output));
    if (std::find(sampled.outputs.begin(), sampled.outputs.end(), output) == sampled.outputs.end()) {
      sampled.outputs.push_back(output);
    }
  }
  return sampled;
}

std::string grouped(std::int64_t number) { return grouped_digits(mpz_class(static_cast<signed long>(number))); }

std::string range_text(std::vector<std::int64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  if (numbers.front() == numbers.back()) return grouped(numbers.front());
  return fmt::format("{} to {}, median {}", grouped(numbers.front()), grouped(numbers.back()),
                     grouped(numbers[numbers.size() / 2]));
}

/// What is wrong beyond the text itself, a line each.
std::vector<std::string> network_errors(const OpenedSpace& opened) {
  std::vector<std::string> errors;
  const TextSpace& space = *opened.space;
  Rng rng(1, 0, Stream::Sample);
  const auto sample = space.try_sample(rng);
  if (!sample) return {sample.error().message};
  if (space.has_network()) {
    if (const auto checked = check_networks(space); !checked) errors.push_back(checked.error().message);
  }
  for (const std::string& name : space.architectures()) {
    const auto chosen = chosen_architecture(opened, name);
    if (!chosen) {
      errors.push_back(chosen.error().message);
    } else if (const auto error = chosen->space->violated(chosen->genotype)) {
      errors.push_back(fmt::format("architecture '{}': {}", name, error->message));
    }
  }
  return errors;
}

void print_summary(const OpenedSpace& opened, std::ostream& out) {
  const TextSpace& space = *opened.space;
  const auto line = [&](const char* what, const std::string& text) { fmt::print(out, "  {:<15}{}\n", what, text); };
  fmt::print(out, "{}: valid\n", space.name());
  line("genes", grouped_digits(space.genes().size()));
  line("genotypes", count_text(try_count_genotypes(space.genes())));
  if (space.has_network()) {
    const SampledNetworks sampled = sample_networks(space);
    if (space.input()) line("input", to_string(*space.input()));
    line("output", fmt::format("{}", fmt::join(sampled.outputs, " or ")));
    if (!sampled.params.empty()) {
      line("params", range_text(sampled.params));
      line("MACs", range_text(sampled.macs) + " (one example)");
    }
  } else {
    line("network", "none: genes alone, for evaluators of type table and command");
  }
  const std::vector<std::string> architectures = space.architectures();
  if (!architectures.empty()) line("architectures", fmt::format("{}", fmt::join(architectures, ", ")));
}

Result<Unit> validate(const CommandLine& line, std::ostream& out) {
  const auto opened = open_space(line);
  if (!opened) return opened.error();
  const std::vector<std::string> errors = network_errors(*opened);
  if (!errors.empty()) return Error{fmt::format("{}", fmt::join(errors, "\n"))};
  print_summary(*opened, out);
  return Unit{};
}

}  // namespace

Command space_validate_row() {
  return {"space validate",
          "SPACE",
          "checks the text, the networks and the named architectures; exit code 1 with all that is wrong",
          1,
          1,
          [](cxxopts::OptionAdder add) { declare_space_options(add); },
          validate};
}

}  // namespace nas
