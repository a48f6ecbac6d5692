#include "nas/count_order.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nas/check.h"
#include "nas/gene_order.h"

namespace nas::detail {
namespace {

class OrderFinder {
 public:
  explicit OrderFinder(const std::vector<Gene>& genes)
      : genes_(genes),
        asks_(genes.size()),
        asked_by_(genes.size()),
        waiting_for_(genes.size()),
        open_(genes.size()),
        taken_(genes.size()) {
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      asks_[gene] = conditioning_genes(genes[gene]);
      waiting_for_[gene] = asks_[gene].size();
      for (const std::size_t other : asks_[gene]) asked_by_[other].push_back(gene);
    }
    for (std::size_t gene = 0; gene < genes.size(); ++gene) open_[gene] = asked_by_[gene].size();
  }

  std::vector<std::size_t> find() {
    for (std::size_t gene = 0; gene < genes_.size(); ++gene) {
      if (taken_[gene] || waiting_for_[gene] > 0) continue;
      take_with_leaves(gene);
      while (!frontier_.empty()) take_with_leaves(cheapest(ready_near_frontier()));
    }
    NAS_CHECK(order_.size() == genes_.size(), "the conditions of a space's genes must not form a circle");
    return std::move(order_);
  }

 private:
  double weight(std::size_t gene) const { return std::log2(1.0 + static_cast<double>(genes_[gene].options.size())); }
  bool is_leaf(std::size_t gene) const { return asked_by_[gene].empty(); }

  void take(std::size_t gene) {
    taken_[gene] = true;
    order_.push_back(gene);
    for (const std::size_t other : asked_by_[gene]) --waiting_for_[other];
    for (const std::size_t other : asks_[gene]) --open_[other];
  }

  // Genes that no other asks about cost nothing: they follow at once.
  void take_with_leaves(std::size_t gene) {
    take(gene);
    if (!is_leaf(gene)) frontier_.push_back(gene);
    for (const std::size_t other : asked_by_[gene]) {
      if (is_leaf(other) && waiting_for_[other] == 0) take(other);
    }
    std::erase_if(frontier_, [&](std::size_t other) { return open_[other] == 0; });
  }

  // Genes that may come next and bring one nearer that asks about the frontier.
  std::vector<std::size_t> ready_near_frontier() const {
    std::vector<std::size_t> ready;
    std::vector<bool> seen(genes_.size());
    std::vector<std::size_t> stack;
    const auto look_at = [&](const std::vector<std::size_t>& found) {
      for (const std::size_t gene : found) {
        if (!taken_[gene] && !seen[gene]) seen[gene] = true, stack.push_back(gene);
      }
    };
    for (const std::size_t gene : frontier_) look_at(asked_by_[gene]);
    while (!stack.empty()) {
      const std::size_t gene = stack.back();
      stack.pop_back();
      if (waiting_for_[gene] == 0) ready.push_back(gene);
      look_at(asks_[gene]);
    }
    NAS_CHECK(!ready.empty(), "the conditions of a space's genes must not form a circle");
    return ready;
  }

  // How much more must be kept in mind once this gene and its leaves are taken.
  double growth(std::size_t gene) const {
    std::vector<std::size_t> closed = asks_[gene];  // once for each open question that is answered
    std::size_t own_open = open_[gene];
    for (const std::size_t other : asked_by_[gene]) {
      if (!is_leaf(other) || waiting_for_[other] > 1) continue;
      --own_open;
      std::copy_if(asks_[other].begin(), asks_[other].end(), std::back_inserter(closed),
                   [&](std::size_t asked) { return asked != gene; });
    }
    double sum = own_open > 0 ? weight(gene) : 0;
    std::sort(closed.begin(), closed.end());
    for (auto first = closed.begin(); first != closed.end();) {
      const auto last = std::upper_bound(first, closed.end(), *first);
      if (static_cast<std::size_t>(last - first) == open_[*first]) sum -= weight(*first);
      first = last;
    }
    return sum;
  }

  std::size_t cheapest(const std::vector<std::size_t>& ready) const {
    std::pair<double, std::size_t> best{growth(ready[0]), ready[0]};
    for (const std::size_t gene : ready) best = std::min(best, {growth(gene), gene});
    return best.second;
  }

  const std::vector<Gene>& genes_;
  std::vector<std::vector<std::size_t>> asks_;      // genes that its conditions name
  std::vector<std::vector<std::size_t>> asked_by_;  // the other way round
  std::vector<std::size_t> waiting_for_;            // how many of `asks_` are not taken yet
  std::vector<std::size_t> open_;                   // how many of `asked_by_` are not taken yet
  std::vector<bool> taken_;
  std::vector<std::size_t> frontier_;  // taken, and asked about by some that are not
  std::vector<std::size_t> order_;
};

}  // namespace

std::vector<std::size_t> counting_order(const std::vector<Gene>& genes) { return OrderFinder(genes).find(); }

}  // namespace nas::detail
