#include "experiments/cli/space/count_networks.h"

#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "experiments/cli/space/all_cores.h"
#include "nas/gene_order.h"
#include "search_spaces/constraints.h"

namespace nas {
namespace {

constexpr std::size_t kBatch = 64;  // genotypes that a thread takes at a time

struct Batch {
  std::uint64_t first = 0;  // number of its first genotype in the enumeration
  std::vector<Genotype> genotypes;
};

// Hands out all genotypes of a space once; for several threads.
class GenotypeSource {
 public:
  explicit GenotypeSource(const std::vector<Gene>& genes)
      : genes_(genes), order_(gene_order(genes)), next_(Genotype{std::vector<std::int32_t>(genes.size(), 0)}) {}

  // Empty at the end.
  Batch take() {
    const std::lock_guard guard(lock_);
    Batch batch{taken_, {}};
    while (next_ && batch.genotypes.size() < kBatch) {
      batch.genotypes.push_back(*next_);
      next_ = next_genotype(genes_, order_, std::move(*next_));
    }
    taken_ += batch.genotypes.size();
    return batch;
  }

  std::uint64_t taken() {
    const std::lock_guard guard(lock_);
    return taken_;
  }

 private:
  const std::vector<Gene>& genes_;
  const std::vector<std::size_t> order_;
  std::mutex lock_;
  std::optional<Genotype> next_;
  std::uint64_t taken_ = 0;
};

// What one thread found.
struct Tally {
  NetworkCounts counts;
  std::unordered_set<std::uint64_t> hashes;
  std::uint64_t failure_at = 0;  // where counts.failed > 0: number of the first genotype that failed

  void add(const SearchSpace& space, const Genotype& genotype, std::uint64_t number) {
    ++counts.genotypes;
    const auto network = space.decode(genotype);
    if (network) {
      const std::uint64_t hash = canonical_hash(*network);
      hash == kNoNetwork ? void(++counts.disconnected) : void(hashes.insert(hash));
    } else if (is_disconnected(network.error())) {
      ++counts.disconnected;
    } else if (is_violation(network.error())) {
      ++counts.violating;
    } else if (++counts.failed == 1) {
      counts.failure = fmt::format("{} (genotype {})", network.error().message, to_string(genotype));
      failure_at = number;
    }
  }

  void add(Tally&& other) {
    if (other.counts.failed > 0 && (counts.failed == 0 || other.failure_at < failure_at)) {
      counts.failure = std::move(other.counts.failure);
      failure_at = other.failure_at;
    }
    counts.genotypes += other.counts.genotypes;
    counts.violating += other.counts.violating;
    counts.disconnected += other.counts.disconnected;
    counts.failed += other.counts.failed;
    hashes.merge(other.hashes);
  }
};

}  // namespace

NetworkCounts count_networks(const SearchSpace& space, const std::function<void(std::uint64_t)>& progress) {
  GenotypeSource source(space.genes());
  Tally all;
  std::mutex lock;
  const std::thread::id caller = std::this_thread::get_id();
  on_all_cores([&] {
    Tally tally;
    for (Batch batch = source.take(); !batch.genotypes.empty(); batch = source.take()) {
      for (const Genotype& genotype : batch.genotypes) tally.add(space, genotype, batch.first++);
      if (std::this_thread::get_id() == caller) progress(source.taken());
    }
    const std::lock_guard guard(lock);
    all.add(std::move(tally));
  });
  all.counts.networks = all.hashes.size();
  return all.counts;
}

}  // namespace nas
