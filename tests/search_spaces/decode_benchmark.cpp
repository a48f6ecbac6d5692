// Decoding, counting and hashing over the library: microseconds, median and the 10% and 90%
// quantiles of batches after a warm-up. Figures, not a test: run it on an idle machine.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "search_spaces/text_space.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatches = 31;

template <class Function>
void measure(const std::string& name, std::size_t batch, const Function& function) {
  std::vector<double> samples;
  for (std::size_t i = 0; i <= kBatches; ++i) {
    const Clock::time_point begin = Clock::now();
    for (std::size_t j = 0; j < batch; ++j) function(i * batch + j);
    const std::chrono::duration<double, std::micro> spent = Clock::now() - begin;
    if (i > 0) samples.push_back(spent.count() / static_cast<double>(batch));
  }
  std::sort(samples.begin(), samples.end());
  fmt::print("{:<52} {:>10.1f} {:>10.1f} {:>10.1f}\n", name, samples[kBatches / 2], samples[kBatches / 10],
             samples[kBatches * 9 / 10]);
}

YamlNode tree_of(const std::string& name) {
  return std::move(read_yaml(std::filesystem::path(NAS_LIBRARY_DIR) / (name + ".yaml")).value());
}

std::int64_t sink = 0;  // so that nothing is optimised away

void measure_samples(const std::string& name, const SpaceOverrides& overrides) {
  const auto made = TextSpace::make(tree_of(name), overrides);
  const TextSpace& space = **made;
  Rng rng(1, 0, Stream::Test);
  std::vector<Genotype> genotypes;
  std::size_t nodes = 0;
  while (genotypes.size() < 100) {
    Genotype genotype = space.sample(rng);
    const auto network = space.decode(genotype);
    if (!network) continue;
    nodes += network->nodes.size();
    genotypes.push_back(std::move(genotype));
  }
  const std::string title = fmt::format("{}, {} operations", name, nodes / genotypes.size());
  measure(title + ": decode + cost", 100,
          [&](std::size_t i) { sink += count_cost(space.decode(genotypes[i % genotypes.size()]).value()).macs; });
}

/// The worst for the hash is a chain of residuals: nested sums are flattened.
Network residual_chain(std::size_t operations) {
  Network network = make_network(Shape{8, 2, {8, 8, 1}});
  std::int32_t current = 0;
  while (network.nodes.size() < operations) {
    const std::int32_t relu = add_node(network, Op::Relu, {}, {current}).value();
    current = add_node(network, Op::Add, {}, {current, relu}).value();
  }
  return network;
}

void count_all_architectures() {
  for (const auto& entry : std::filesystem::directory_iterator(NAS_LIBRARY_DIR)) {
    const YamlNode tree = read_yaml(entry.path()).value();
    const auto space = TextSpace::make(tree);
    for (const std::string& name : (*space)->architectures()) {
      const auto built = build_architecture(tree, name);
      sink += count_cost(built->space->decode(built->genotype).value()).params;
    }
  }
}

}  // namespace
}  // namespace nas

int main() {
  fmt::print("{:<52} {:>10} {:>10} {:>10}\n", "microseconds", "median", "10%", "90%");
  nas::measure_samples("nas_bench_201", {});
  nas::SpaceOverrides large;
  large.architecture = "NASNet_A_large";
  nas::measure_samples("nasnet", large);
  const auto resnet = nas::build_architecture(nas::tree_of("resnet"), "resnet152");
  const nas::Network deep = resnet->space->decode(resnet->genotype).value();
  nas::measure(fmt::format("hash of ResNet-152, {} operations", deep.nodes.size()), 100,
               [&](std::size_t) { nas::sink += static_cast<std::int64_t>(nas::canonical_hash(deep)); });
  const nas::Network chain = nas::residual_chain(500);
  nas::measure("hash of 250 nested residuals, 500 operations", 10,
               [&](std::size_t) { nas::sink += static_cast<std::int64_t>(nas::canonical_hash(chain)); });
  nas::measure("parse, decode and count all architectures", 1, [](std::size_t) { nas::count_all_architectures(); });
  return nas::sink == 0 ? 1 : 0;
}
