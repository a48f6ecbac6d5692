// Any bytes as a space file, all the way: tree, space, genes, counts, networks, costs, hashes,
// architectures. The answer is a space or an error that names its place, and no answer takes a
// second of the processor's time, however busy the machine. libFuzzer supplies `main`.
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "nas/check.h"
#include "nas/network.h"
#include "search_spaces/text_space.h"
#include "tests/fuzz/mutate_text.h"

namespace {

using nas::Network;

constexpr int kSamples = 3;
constexpr std::size_t kManyNodes = 200;        // from here on a network is counted and hashed, no more
constexpr std::size_t kManyArchitectures = 2;  // each is a space of its own

/// What `ask` answers, in time.
template <class Ask>
auto in_time(const Ask& ask) {
  const std::clock_t begin = std::clock();
  auto answer = ask();
  NAS_CHECK(std::clock() - begin < CLOCKS_PER_SEC, "an answer takes less than a second");
  return answer;
}

void check_place(const nas::Error& error) {
  NAS_CHECK(error.message.find("space.yaml") != std::string::npos || nas::is_disconnected(error),
            "an error of a space file names the file");
}

std::uint64_t measure(const Network& network) {
  (void)nas::count_cost(network);
  const std::uint64_t hash = nas::canonical_hash(network);
  if (network.nodes.size() > kManyNodes) return hash;
  (void)nas::named_counts(network);
  (void)nas::count_memory(network, 32);
  const auto simple = nas::simplify(network);
  NAS_CHECK(simple.ok() == (hash != nas::kNoNetwork), "a network has a hash if it can be simplified");
  if (simple) NAS_CHECK(nas::canonical_hash(*simple) == hash, "simplifying changes no hash");
  return hash;
}

/// Whether another sample is cheap enough.
bool try_genotype(const nas::TextSpace& space, const nas::Genotype& genotype) {
  NAS_CHECK(!nas::check_genotype(space.genes(), genotype), "samples are in their space");
  (void)nas::choices_by_name(space, genotype);
  (void)nas::hyperparameters(space, genotype);
  if (!space.has_network()) return !space.violated(genotype);
  const auto network = in_time([&] { return space.decode(genotype); });
  if (!network) {
    check_place(network.error());
    return true;
  }
  (void)in_time([&] { return measure(*network); });
  if (network->nodes.size() > kManyNodes) return false;
  (void)space.decode_cells(genotype);
  return true;
}

/// Whether networks of the space are small enough for another one.
bool try_samples(const nas::TextSpace& space) {
  nas::Rng rng(1, 0, nas::Stream::Test);
  // Not space.sample(), which tries thousands of networks where a constraint is hard to meet.
  nas::Genotype genotype = nas::sample_genes(space.genes(), rng);
  for (int i = 0; i < kSamples; ++i) {
    if (!try_genotype(space, genotype)) return false;
    const nas::Genotype other = nas::sample_genes(space.genes(), rng);
    genotype = nas::cross_genes(space.genes(), nas::mutate_genes(space.genes(), genotype, rng), other, rng);
  }
  return true;
}

void try_space(const nas::YamlNode& root, const nas::TextSpace& space) {
  (void)in_time([&] { return nas::try_count_genotypes(space.genes()); });
  if (!try_samples(space)) return;
  const auto names = space.architectures();
  for (std::size_t i = 0; i < names.size() && i < kManyArchitectures; ++i) {
    const auto built = in_time([&] { return nas::build_architecture(root, names[i]); });
    if (built) {
      (void)try_genotype(*built->space, built->genotype);
    } else {
      check_place(built.error());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto root = in_time([&] { return nas::parse_yaml(text, "space.yaml"); });
  if (!root) {
    check_place(root.error());
    return 0;
  }
  const auto space = in_time([&] { return nas::TextSpace::make(*root); });
  if (space) {
    try_space(*root, **space);
  } else {
    check_place(space.error());
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

// Bytes as libFuzzer changes them (its dictionary included), or lines and words as people do.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  nas::Rng rng(seed, 0, nas::Stream::Test);
  if (size == 0 || rng.below(2) == 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string text = nas::mutate_text(std::string(data, data + size), rng);
  if (text.size() > max_size) text.resize(max_size);
  std::copy(text.begin(), text.end(), data);
  return text.size();
}
