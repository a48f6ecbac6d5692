#include "experiments/report/forest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "nas/check.h"
#include "nas/rng.h"

namespace nas {
namespace {

struct Sums {
  double count = 0;
  double total = 0;
  void add(const Sums& other) {
    count += other.count;
    total += other.total;
  }
  [[nodiscard]] double mean() const { return total / count; }
  /// What squared error falls by where these rows have their own mean, up to a constant.
  [[nodiscard]] double gain() const { return count > 0 ? total * total / count : 0; }
};

struct Split {
  std::size_t feature = 0;
  std::vector<bool> left;  // by option
  double gain = 0;
};

/// Grows one tree and notes its leaves.
class Grower {
 public:
  Grower(const ForestData& data, const ForestConfig& config, Rng& rng) : data_(data), config_(config), rng_(rng) {}

  TreeLeaves grow(std::vector<std::uint32_t> rows) {
    leaves_.clear();
    divide(rows, {});
    return std::move(leaves_);
  }

 private:
  [[nodiscard]] double value(std::uint32_t row) const { return data_.values[row]; }
  [[nodiscard]] std::size_t option(std::size_t feature, std::uint32_t row) const {
    return static_cast<std::size_t>(data_.columns[feature][row]);
  }

  void divide(std::span<std::uint32_t> rows, std::vector<LeafSide> sides) {
    Sums all;
    for (const std::uint32_t row : rows) all.add({1, value(row)});
    const bool varies = std::ranges::any_of(rows, [&](std::uint32_t row) { return value(row) != value(rows[0]); });
    const auto split = rows.size() < 2 * config_.min_leaf || !varies ? std::nullopt : best_split(rows, all);
    if (!split) {
      leaves_.push_back({std::move(sides), all.mean()});
      return;
    }
    const auto middle = std::partition(rows.begin(), rows.end(), [&](std::uint32_t row) {
      return static_cast<bool>(split->left[option(split->feature, row)]);
    });
    const auto count = static_cast<std::size_t>(middle - rows.begin());
    std::vector<bool> right = split->left;
    right.flip();
    divide(rows.first(count), narrowed(sides, split->feature, split->left));
    divide(rows.subspan(count), narrowed(std::move(sides), split->feature, right));
  }

  static std::vector<LeafSide> narrowed(std::vector<LeafSide> sides, std::size_t feature,
                                        const std::vector<bool>& options) {
    const auto side = std::ranges::find(sides, feature, &LeafSide::feature);
    if (side == sides.end()) {
      sides.push_back({feature, options});
      return sides;
    }
    for (std::size_t i = 0; i < options.size(); ++i) side->options[i] = side->options[i] && options[i];
    return sides;
  }

  std::optional<Split> best_split(std::span<const std::uint32_t> rows, const Sums& all) {
    std::vector<std::size_t> features(data_.options.size());
    std::iota(features.begin(), features.end(), std::size_t{0});
    rng_.shuffle(std::span<std::size_t>(features));
    const auto tried =
        static_cast<std::size_t>(std::ceil(config_.feature_share * static_cast<double>(features.size())));
    Split best;
    // Also where no single cut gains anything, as of an exclusive or: the next one may.
    best.gain = -std::numeric_limits<double>::infinity();
    bool found = false;
    for (std::size_t i = 0; i < features.size() && (i < tried || !found); ++i) {
      found = try_feature(features[i], rows, all, best) || found;
    }
    if (!found) return std::nullopt;
    return best;
  }

  /// Replaces `best` where this feature divides better.
  bool try_feature(std::size_t feature, std::span<const std::uint32_t> rows, const Sums& all, Split& best) {
    std::vector<Sums> sums(data_.options[feature]);
    for (const std::uint32_t row : rows) sums[option(feature, row)].add({1, value(row)});
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (sums[i].count > 0) order.push_back(i);
    }
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return sums[i].mean(); });
    Sums left;
    std::size_t cut = 0;
    const auto least = static_cast<double>(config_.min_leaf);
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
      left.add(sums[order[i]]);
      const Sums right{all.count - left.count, all.total - left.total};
      if (left.count < least || right.count < least || left.gain() + right.gain() <= best.gain) continue;
      best.gain = left.gain() + right.gain();
      cut = i + 1;
    }
    if (cut == 0) return false;
    best.feature = feature;
    best.left = side_of(sums, order, cut);
    return true;
  }

  /// Options that no row has go with the greater part.
  static std::vector<bool> side_of(const std::vector<Sums>& sums, const std::vector<std::size_t>& order,
                                   std::size_t cut) {
    double left = 0;
    double all = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      all += sums[order[i]].count;
      if (i < cut) left += sums[order[i]].count;
    }
    std::vector<bool> side(sums.size(), 2 * left > all);
    for (std::size_t i = 0; i < order.size(); ++i) side[order[i]] = i < cut;
    return side;
  }

  const ForestData& data_;
  const ForestConfig& config_;
  Rng& rng_;
  TreeLeaves leaves_;
};

/// Means of the predictions of those trees that a row was not used for.
class OutOfBag {
 public:
  explicit OutOfBag(const ForestData& data) : data_(data), sums_(data.values.size()) {}

  void add(const TreeLeaves& tree, const std::vector<bool>& used) {
    std::vector<std::int32_t> options(data_.options.size());
    for (std::size_t row = 0; row < used.size(); ++row) {
      if (used[row]) continue;
      for (std::size_t i = 0; i < options.size(); ++i) options[i] = data_.columns[i][row];
      sums_[row].add({1, predict(tree, options)});
    }
  }

  [[nodiscard]] double explained() const {
    Sums all;
    for (std::size_t row = 0; row < sums_.size(); ++row) {
      if (sums_[row].count > 0) all.add({1, data_.values[row]});
    }
    double error = 0;
    double variance = 0;
    for (std::size_t row = 0; row < sums_.size(); ++row) {
      if (sums_[row].count == 0) continue;
      error += std::pow(data_.values[row] - sums_[row].mean(), 2);
      variance += std::pow(data_.values[row] - all.mean(), 2);
    }
    return variance > 0 ? 1 - error / variance : 0;
  }

 private:
  const ForestData& data_;
  std::vector<Sums> sums_;
};

}  // namespace

Forest fit_forest(const ForestData& data, const ForestConfig& config) {
  const std::size_t rows = data.values.size();
  NAS_CHECK(rows > 0, "a forest needs rows");
  NAS_CHECK(data.columns.size() == data.options.size(), "a column for each feature");
  Forest forest;
  OutOfBag out_of_bag(data);
  for (std::size_t tree = 0; tree < config.trees; ++tree) {
    Rng rng(config.seed, tree, Stream::Model);
    std::vector<std::uint32_t> chosen(rows);
    std::iota(chosen.begin(), chosen.end(), 0U);
    std::vector<bool> used(rows, config.rows == ForestConfig::Rows::All);
    if (config.rows == ForestConfig::Rows::Bootstrap) {
      for (std::uint32_t& row : chosen) row = static_cast<std::uint32_t>(rng.index(rows));
      for (const std::uint32_t row : chosen) used[row] = true;
    }
    forest.trees.push_back(Grower(data, config, rng).grow(std::move(chosen)));
    out_of_bag.add(forest.trees.back(), used);
  }
  if (config.rows == ForestConfig::Rows::Bootstrap) forest.explained = out_of_bag.explained();
  return forest;
}

double predict(const TreeLeaves& tree, const std::vector<std::int32_t>& options) {
  const auto reaches = [&](const Leaf& leaf) {
    return std::ranges::all_of(leaf.sides, [&](const LeafSide& side) {
      return static_cast<bool>(side.options[static_cast<std::size_t>(options[side.feature])]);
    });
  };
  const auto leaf = std::ranges::find_if(tree, reaches);
  NAS_CHECK(leaf != tree.end(), "the leaves of a tree divide all genotypes");
  return leaf->value;
}

}  // namespace nas
