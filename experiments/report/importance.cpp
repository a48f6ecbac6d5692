#include "experiments/report/importance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace nas {
namespace {

using Features = std::pair<std::size_t, std::size_t>;

/// One tree under the weights: its mean, its variance and the variance of its marginals.
class Variances {
 public:
  Variances(const TreeLeaves& tree, const OptionWeights& weights) : tree_(tree), weights_(weights) {
    for (const Leaf& leaf : tree) {
      std::vector<double> shares;
      for (const LeafSide& side : leaf.sides) shares.push_back(share_of(side));
      leaf_weights_.push_back(std::accumulate(shares.begin(), shares.end(), 1.0, std::multiplies<>()));
      side_shares_.push_back(std::move(shares));
      mean_ += leaf_weights_.back() * leaf.value;
    }
    for (std::size_t i = 0; i < tree.size(); ++i) {
      total_ += leaf_weights_[i] * (tree[i].value - mean_) * (tree[i].value - mean_);
    }
  }

  [[nodiscard]] double total() const { return total_; }

  /// By feature.
  [[nodiscard]] std::vector<double> single() const {
    // What a leaf adds to the marginal of every option of a feature that it leaves open is the same.
    std::vector<std::vector<double>> marginals;
    std::vector<double> open(weights_.size(), mean_);
    for (const auto& options : weights_) marginals.emplace_back(options.size(), 0.0);
    for (std::size_t i = 0; i < tree_.size(); ++i) {
      for (std::size_t s = 0; s < tree_[i].sides.size(); ++s) {
        const LeafSide& side = tree_[i].sides[s];
        open[side.feature] -= leaf_weights_[i] * tree_[i].value;
        if (side_shares_[i][s] <= 0) continue;
        const double part = leaf_weights_[i] / side_shares_[i][s] * tree_[i].value;
        for (std::size_t o = 0; o < side.options.size(); ++o) marginals[side.feature][o] += side.options[o] ? part : 0;
      }
    }
    std::vector<double> variances(weights_.size(), 0.0);
    for (std::size_t f = 0; f < weights_.size(); ++f) {
      for (std::size_t o = 0; o < weights_[f].size(); ++o) {
        variances[f] += weights_[f][o] * std::pow(marginals[f][o] + open[f] - mean_, 2);
      }
    }
    return variances;
  }

  /// Of the marginal of both, what each does alone included.
  [[nodiscard]] double both(Features features) const {
    const auto& [f, g] = features;
    const std::size_t columns = weights_[g].size();
    std::vector<double> marginal(weights_[f].size() * columns, 0.0);
    for (std::size_t i = 0; i < tree_.size(); ++i) {
      const LeafSide* first = nullptr;
      const LeafSide* second = nullptr;
      double part = leaf_weights_[i] * tree_[i].value;
      for (std::size_t s = 0; s < tree_[i].sides.size(); ++s) {
        const LeafSide& side = tree_[i].sides[s];
        if (side.feature != f && side.feature != g) continue;
        (side.feature == f ? first : second) = &side;
        part = side_shares_[i][s] > 0 ? part / side_shares_[i][s] : 0;
      }
      for (std::size_t o = 0; o < weights_[f].size(); ++o) {
        if (first != nullptr && !first->options[o]) continue;
        for (std::size_t q = 0; q < columns; ++q) {
          if (second == nullptr || second->options[q]) marginal[o * columns + q] += part;
        }
      }
    }
    double variance = 0;
    for (std::size_t i = 0; i < marginal.size(); ++i) {
      variance += weights_[f][i / columns] * weights_[g][i % columns] * std::pow(marginal[i] - mean_, 2);
    }
    return variance;
  }

 private:
  [[nodiscard]] double share_of(const LeafSide& side) const {
    double share = 0;
    for (std::size_t o = 0; o < side.options.size(); ++o) share += side.options[o] ? weights_[side.feature][o] : 0;
    return share;
  }

  const TreeLeaves& tree_;
  const OptionWeights& weights_;
  std::vector<double> leaf_weights_;
  std::vector<std::vector<double>> side_shares_;
  double mean_ = 0;
  double total_ = 0;
};

std::vector<Features> strongest_pairs(const std::vector<double>& single, std::size_t most) {
  std::vector<std::size_t> order(single.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t f) { return single[f]; });
  order.resize(std::min(order.size(), most));
  std::vector<Features> pairs;
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size(); ++j) pairs.emplace_back(std::minmax(order[i], order[j]));
  }
  return pairs;
}

}  // namespace

Importance importance_of(const Forest& forest, const OptionWeights& weights, std::size_t most) {
  Importance importance;
  importance.explained = forest.explained;
  importance.single.assign(weights.size(), 0);
  std::vector<Variances> trees;
  for (const TreeLeaves& tree : forest.trees) {
    Variances variances(tree, weights);
    if (variances.total() > 0) trees.push_back(std::move(variances));
  }
  const auto count = static_cast<double>(trees.size());
  std::vector<std::vector<double>> alone;
  for (const Variances& tree : trees) {
    alone.push_back(tree.single());
    for (std::size_t f = 0; f < weights.size(); ++f) importance.single[f] += alone.back()[f] / tree.total() / count;
  }
  for (const auto& [f, g] : strongest_pairs(importance.single, most)) {
    double share = 0;
    for (std::size_t i = 0; i < trees.size(); ++i) {
      share += std::max(trees[i].both({f, g}) - alone[i][f] - alone[i][g], 0.0) / trees[i].total() / count;
    }
    importance.pairs.push_back({f, g, share});
  }
  std::ranges::stable_sort(importance.pairs, std::greater<>(), &PairShare::share);
  return importance;
}

}  // namespace nas
