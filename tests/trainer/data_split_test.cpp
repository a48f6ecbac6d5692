#include "trainer/data_split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace nas {
namespace {

std::vector<std::int64_t> labels_of(const std::vector<int>& counts) {
  std::vector<std::int64_t> labels;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    labels.insert(labels.end(), static_cast<std::size_t>(counts[c]), static_cast<std::int64_t>(c));
  }
  return labels;
}

std::map<int, int> count(const std::vector<std::int64_t>& labels, const std::vector<std::int64_t>& indices) {
  std::map<int, int> counts;
  for (const std::int64_t i : indices) ++counts[static_cast<int>(labels[static_cast<std::size_t>(i)])];
  return counts;
}

TEST(DataSplit, GivesEachClassItsShareByLargestRemainders) {
  // 10 of 100: 5, 3.7, 0.9, 0.4 -> 5, 4, 1, 0. Then 30 of the 90 left, 45 33 8 4: 15, 11, 2.67, 1.33.
  const auto labels = labels_of({50, 37, 9, 4});
  const DataSplit split = split_data(labels, 30, 10, 1);
  EXPECT_EQ(count(labels, split.validation), (std::map<int, int>{{0, 5}, {1, 4}, {2, 1}}));
  EXPECT_EQ(count(labels, split.train), (std::map<int, int>{{0, 15}, {1, 11}, {2, 3}, {3, 1}}));
}

TEST(DataSplit, PartsAreDisjointSortedAndOfTheSizesAskedFor) {
  const auto labels = labels_of({7, 11, 13});
  for (std::int64_t validation = 0; validation <= 31; ++validation) {
    for (std::int64_t train = 0; train + validation <= 31; train += 5) {
      const DataSplit split = split_data(labels, train, validation, 3);
      EXPECT_EQ(split.train.size(), static_cast<std::size_t>(train));
      EXPECT_EQ(split.validation.size(), static_cast<std::size_t>(validation));
      std::set<std::int64_t> all(split.train.begin(), split.train.end());
      all.insert(split.validation.begin(), split.validation.end());
      EXPECT_EQ(all.size(), static_cast<std::size_t>(train + validation));
      EXPECT_TRUE(std::is_sorted(split.train.begin(), split.train.end()));
      EXPECT_TRUE(std::is_sorted(split.validation.begin(), split.validation.end()));
    }
  }
}

TEST(DataSplit, IsAFunctionOfTheSeed) {
  const auto labels = labels_of({50, 50});
  EXPECT_EQ(split_data(labels, 40, 20, 1), split_data(labels, 40, 20, 1));
  EXPECT_NE(split_data(labels, 40, 20, 1), split_data(labels, 40, 20, 2));
}

TEST(DataSplit, FewerTrainingImagesAreJudgedOnTheSameOnes) {
  const auto labels = labels_of({50, 50});
  EXPECT_EQ(split_data(labels, 40, 20, 1).validation, split_data(labels, 10, 20, 1).validation);
}

TEST(DataSplit, AFixedValidationPartIsDrawnFromOnItsOwn) {
  DataFacts facts{.records = 30};
  facts.fixed_validation = 10;
  facts.labels = labels_of({10, 10, 10});
  const DataSplit split = split_set(facts, {.train = 8, .validation = 5}, 1);
  EXPECT_EQ(count(facts.labels, split.train), (std::map<int, int>{{0, 4}, {1, 4}}));
  EXPECT_EQ(count(facts.labels, split.validation), (std::map<int, int>{{2, 5}}));
}

TEST(DataSplit, WithoutClassesRecordsAreDrawnAsOne) {
  const DataSplit split = split_set({.records = 20}, {.train = 15, .validation = 5}, 2);
  EXPECT_EQ(split.train.size(), 15U);
  EXPECT_EQ(split.validation.size(), 5U);
  EXPECT_NE(split, split_set({.records = 20}, {.train = 15, .validation = 5}, 3));
}

}  // namespace
}  // namespace nas
