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

/// Each record of the pool in one validation part, the rest of the pool in that fold's training part.
void expect_folds(const DataFacts& facts, const DataDescription& parts) {
  const auto folds = split_folds(facts, parts, 7);
  ASSERT_EQ(folds.size(), static_cast<std::size_t>(parts.folds));
  const auto records = static_cast<std::size_t>(parts.train + parts.validation);
  std::multiset<std::int64_t> judged;
  for (const DataSplit& fold : folds) judged.insert(fold.validation.begin(), fold.validation.end());
  const std::set<std::int64_t> pool(judged.begin(), judged.end());
  EXPECT_EQ(judged.size(), records);
  EXPECT_EQ(pool.size(), records) << "a record is judged twice";
  EXPECT_EQ(folds.front().validation.size(), static_cast<std::size_t>(parts.validation)) << "the largest one";
  std::map<int, std::pair<int, int>> by_class;  // fewest and most in a fold
  for (std::size_t i = 0; i < folds.size(); ++i) {
    std::set<std::int64_t> both(folds[i].train.begin(), folds[i].train.end());
    EXPECT_EQ(both.size(), folds[i].train.size());
    both.insert(folds[i].validation.begin(), folds[i].validation.end());
    EXPECT_EQ(both, pool);
    EXPECT_EQ(folds[i].train.size() + folds[i].validation.size(), records);
    EXPECT_LE(folds.front().validation.size() - folds[i].validation.size(), 1U);
    EXPECT_TRUE(std::is_sorted(folds[i].train.begin(), folds[i].train.end()));
    auto counts = count(facts.labels, folds[i].validation);
    for (int c = 0; c < facts.classes; ++c) {
      if (i == 0) by_class[c] = {counts[c], counts[c]};
      by_class[c] = {std::min(by_class[c].first, counts[c]), std::max(by_class[c].second, counts[c])};
    }
  }
  for (const auto& [c, range] : by_class) EXPECT_LE(range.second - range.first, 1) << "class " << c;
}

TEST(Folds, HoldEachRecordOnceAndEachClassEvenly) {
  for (const std::vector<int>& classes : std::vector<std::vector<int>>{{7, 11, 13}, {40, 40}, {1, 2, 30}, {25}}) {
    DataFacts facts;
    facts.labels = labels_of(classes);
    facts.classes = static_cast<std::int64_t>(classes.size());
    facts.records = static_cast<std::int64_t>(facts.labels.size());
    for (std::int64_t folds = 2; folds <= 8; ++folds) {
      for (const std::int64_t records : {facts.records, facts.records - 5}) {
        const std::int64_t validation = (records + folds - 1) / folds;
        expect_folds(facts, {.train = records - validation, .validation = validation, .folds = folds});
      }
    }
  }
}

TEST(Folds, AreAFunctionOfTheSeed) {
  const DataFacts facts{.records = 40};
  const DataDescription parts{.train = 30, .validation = 10, .folds = 4};
  EXPECT_EQ(split_folds(facts, parts, 1), split_folds(facts, parts, 1));
  EXPECT_NE(split_folds(facts, parts, 1), split_folds(facts, parts, 2));
  EXPECT_EQ(split_set(facts, parts, 1), split_folds(facts, parts, 1).front());
}

}  // namespace
}  // namespace nas
