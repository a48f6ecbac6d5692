// Forests and functional ANOVA against brute force on full tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "experiments/report/importance.h"
#include "nas/rng.h"

namespace nas {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using Options = std::vector<std::int32_t>;

/// Every combination of options, with its value.
ForestData full_table(const std::vector<std::size_t>& options, const std::function<double(const Options&)>& value) {
  ForestData data;
  data.options = options;
  data.columns.resize(options.size());
  const std::size_t rows = std::accumulate(options.begin(), options.end(), std::size_t{1}, std::multiplies<>());
  for (std::size_t row = 0; row < rows; ++row) {
    Options chosen;
    std::size_t rest = row;
    for (std::size_t f = 0; f < options.size(); ++f) {
      chosen.push_back(static_cast<std::int32_t>(rest % options[f]));
      data.columns[f].push_back(chosen.back());
      rest /= options[f];
    }
    data.values.push_back(value(chosen));
  }
  return data;
}

OptionWeights uniform(const std::vector<std::size_t>& options) {
  OptionWeights weights;
  for (const std::size_t count : options) weights.emplace_back(count, 1.0 / static_cast<double>(count));
  return weights;
}

/// One tree that knows every row.
Forest exact_tree(const ForestData& data) {
  return fit_forest(data, {.trees = 1, .min_leaf = 1, .feature_share = 1, .rows = ForestConfig::Rows::All});
}

/// Variances of the marginals of sets of features, straight from the definition (Hutter et al. 2014, section 3).
class BruteForce {
 public:
  BruteForce(const ForestData& data, const OptionWeights& weights) : data_(data), weights_(weights) {
    mean_ = mean_where({}, {});
    for (std::size_t row = 0; row < data.values.size(); ++row) {
      total_ += weight(row) * std::pow(data.values[row] - mean_, 2);
    }
  }
  [[nodiscard]] double single(std::size_t f) const { return variance(f) / total_; }
  [[nodiscard]] double pair(std::size_t f, std::size_t g) const {
    double both = 0;
    for (std::size_t o = 0; o < weights_[f].size(); ++o) {
      for (std::size_t q = 0; q < weights_[g].size(); ++q) {
        both += weights_[f][o] * weights_[g][q] * std::pow(mean_where({f, g}, {o, q}) - mean_, 2);
      }
    }
    return (both - variance(f) - variance(g)) / total_;
  }

 private:
  [[nodiscard]] double weight(std::size_t row) const {
    double product = 1;
    for (std::size_t f = 0; f < weights_.size(); ++f) {
      product *= weights_[f][static_cast<std::size_t>(data_.columns[f][row])];
    }
    return product;
  }
  [[nodiscard]] double mean_where(const std::vector<std::size_t>& features,
                                  const std::vector<std::size_t>& options) const {
    double sum = 0;
    double weights = 0;
    for (std::size_t row = 0; row < data_.values.size(); ++row) {
      bool fits = true;
      for (std::size_t i = 0; i < features.size(); ++i) {
        fits = fits && static_cast<std::size_t>(data_.columns[features[i]][row]) == options[i];
      }
      if (!fits) continue;
      sum += weight(row) * data_.values[row];
      weights += weight(row);
    }
    return sum / weights;
  }
  [[nodiscard]] double variance(std::size_t f) const {
    double variance = 0;
    for (std::size_t o = 0; o < weights_[f].size(); ++o) {
      variance += weights_[f][o] * std::pow(mean_where({f}, {o}) - mean_, 2);
    }
    return variance;
  }

  const ForestData& data_;
  const OptionWeights& weights_;
  double mean_ = 0;
  double total_ = 0;
};

void expect_as_brute_force(const ForestData& data, const OptionWeights& weights) {
  const Importance importance = importance_of(exact_tree(data), weights);
  const BruteForce truth(data, weights);
  for (std::size_t f = 0; f < data.options.size(); ++f) EXPECT_NEAR(importance.single[f], truth.single(f), 1e-10) << f;
  EXPECT_EQ(importance.pairs.size(), data.options.size() * (data.options.size() - 1) / 2);
  for (const PairShare& pair : importance.pairs) {
    EXPECT_NEAR(pair.share, truth.pair(pair.first, pair.second), 1e-10) << pair.first << " " << pair.second;
  }
}

double random_value(const Options& options) {
  std::uint64_t key = 17;
  for (const std::int32_t option : options) key = key * 31 + static_cast<std::uint64_t>(option);
  return Rng(5, key, Stream::Test).uniform();
}

TEST(ForestFit, ATreeOfAllRowsKnowsEachValue) {
  const ForestData data = full_table({3, 4, 2}, random_value);
  const Forest forest = exact_tree(data);
  ASSERT_EQ(forest.trees.size(), 1U);
  for (std::size_t row = 0; row < data.values.size(); ++row) {
    Options options;
    for (const auto& column : data.columns) options.push_back(column[row]);
    EXPECT_DOUBLE_EQ(predict(forest.trees[0], options), data.values[row]);
  }
}

TEST(ForestFit, EqualValuesAreOneLeaf) {
  const ForestData data = full_table({3, 3}, [](const Options&) { return 0.1; });
  EXPECT_EQ(exact_tree(data).trees[0].size(), 1U);
  const Importance importance = importance_of(exact_tree(data), uniform(data.options));
  EXPECT_THAT(importance.single, Each(0.0));
}

TEST(ForestFit, TheFirstCutIsTheBestOne) {
  // Means by option: 0: 1, 1: 9, 2: 2, 3: 8. The best division of four options in two is {0, 2} and {1, 3}.
  const std::vector<double> means = {1, 9, 2, 8};
  ForestData data = full_table({4}, [&](const Options& o) { return means[static_cast<std::size_t>(o[0])]; });
  const Forest forest = fit_forest(data, {.trees = 1, .min_leaf = 2, .rows = ForestConfig::Rows::All});
  ASSERT_EQ(forest.trees[0].size(), 2U);
  EXPECT_EQ(forest.trees[0][0].sides[0].options, (std::vector<bool>{true, false, true, false}));
  EXPECT_DOUBLE_EQ(forest.trees[0][0].value, 1.5);
  EXPECT_DOUBLE_EQ(forest.trees[0][1].value, 8.5);
}

TEST(ForestFit, SaysHowMuchItExplainsOfWhatItHasNotSeen) {
  const ForestData regular = full_table({5, 5, 5, 5}, [](const Options& o) { return o[0] * 10.0 + o[1]; });
  EXPECT_GT(fit_forest(regular).explained.value(), 0.95);
  const ForestData noise = full_table({5, 5, 5, 5}, random_value);
  EXPECT_LT(fit_forest(noise).explained.value(), 0.1);
}

TEST(ForestFit, IsTheSameEachTime) {
  const ForestData data = full_table({4, 4, 4}, random_value);
  const Importance first = importance_of(fit_forest(data), uniform(data.options));
  const Importance second = importance_of(fit_forest(data), uniform(data.options));
  EXPECT_EQ(first.single, second.single);
  EXPECT_EQ(first.pairs, second.pairs);
}

TEST(FunctionalAnova, SharesOfASumAreThoseOfItsParts) {
  // 3 x and y with x, y in {0, 1}: variances 9/4 and 1/4.
  const ForestData data = full_table({2, 2, 3}, [](const Options& o) { return 3.0 * o[0] + o[1]; });
  const Importance importance = importance_of(exact_tree(data), uniform(data.options));
  EXPECT_NEAR(importance.single[0], 0.9, 1e-12);
  EXPECT_NEAR(importance.single[1], 0.1, 1e-12);
  EXPECT_NEAR(importance.single[2], 0, 1e-12);
  for (const PairShare& pair : importance.pairs) EXPECT_NEAR(pair.share, 0, 1e-12);
}

TEST(FunctionalAnova, OfAnExclusiveOrAllIsOfThePair) {
  const ForestData data = full_table({2, 2, 2}, [](const Options& o) { return o[0] == o[2] ? 0.0 : 1.0; });
  const Importance importance = importance_of(exact_tree(data), uniform(data.options));
  EXPECT_THAT(importance.single, Each(DoubleNear(0, 1e-12)));
  EXPECT_EQ(importance.pairs.front().first, 0U);
  EXPECT_EQ(importance.pairs.front().second, 2U);
  EXPECT_NEAR(importance.pairs.front().share, 1, 1e-12);
}

TEST(FunctionalAnova, IsTheDefinitionOnRandomTables) {
  const ForestData data = full_table({3, 2, 4, 3}, random_value);
  expect_as_brute_force(data, uniform(data.options));
}

TEST(FunctionalAnova, IsTheDefinitionWhereOptionsAreNotEquallyProbable) {
  const ForestData data = full_table({3, 2, 2}, random_value);
  expect_as_brute_force(data, {{0.7, 0.2, 0.1}, {0.5, 0.5}, {0.05, 0.95}});
}

TEST(FunctionalAnova, AForestComesNearTheTruth) {
  const ForestData data = full_table({5, 5, 5, 5}, [](const Options& o) {
    return 2.0 * o[0] + (o[1] == 3 ? 4.0 : 0.0) + (o[0] == 4 && o[2] == 0 ? 5.0 : 0.0) + 0.1 * random_value(o);
  });
  const OptionWeights weights = uniform(data.options);
  const BruteForce truth(data, weights);
  const Importance importance = importance_of(fit_forest(data), weights);
  for (std::size_t f = 0; f < 4; ++f) EXPECT_NEAR(importance.single[f], truth.single(f), 0.05) << f;
  EXPECT_EQ(importance.pairs.front().first, 0U);
  EXPECT_EQ(importance.pairs.front().second, 2U);
}

}  // namespace
}  // namespace nas
