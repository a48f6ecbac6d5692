#include "nas/algorithms/random.h"

namespace nas {
namespace {

class RandomSearch final : public SearchAlgorithm {
 public:
  explicit RandomSearch(const SearchSpace& space) : space_(space) {}

  Proposal propose(Rng& rng) const override { return {space_.sample(rng), {}, "sample"}; }
  void tell(const Outcome&) override {}

 private:
  const SearchSpace& space_;
};

}  // namespace

Options RandomSearchConfig::options() { return {}; }

Result<std::unique_ptr<SearchAlgorithm>> RandomSearchConfig::make(const SearchProblem& problem) const {
  return std::unique_ptr<SearchAlgorithm>(std::make_unique<RandomSearch>(problem.space));
}

}  // namespace nas
