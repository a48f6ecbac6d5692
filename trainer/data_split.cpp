#include "trainer/data_split.h"

#include <algorithm>
#include <numeric>

#include "nas/check.h"
#include "nas/rng.h"

namespace nas {

namespace {

using Counts = std::vector<std::int64_t>;

/// Shares `total` among the classes in proportion to `sizes`, by largest remainders (ties: the
/// lower class). No share exceeds its class's size.
Counts share_out(std::int64_t total, const Counts& sizes) {
  const std::int64_t all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  NAS_CHECK(total <= all, "more records asked for than there are");
  Counts shares(sizes.size());
  if (total == 0) return shares;
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Counts remainders(sizes.size());
  std::int64_t given = 0;
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    shares[c] = total * sizes[c] / all;
    remainders[c] = total * sizes[c] % all;
    given += shares[c];
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; given < total; ++i, ++given) ++shares[order[i]];
  return shares;
}

/// All of class 0 where there are no classes.
std::vector<std::int64_t> labels_of(const DataFacts& facts) {
  std::vector<std::int64_t> labels = facts.labels;
  labels.resize(static_cast<std::size_t>(facts.records), 0);
  return labels;
}

/// Records of each class in an order drawn from the seed.
std::vector<std::vector<std::int64_t>> shuffled_classes(std::span<const std::int64_t> records,
                                                        std::span<const std::int64_t> labels, std::uint64_t seed) {
  const std::int64_t largest = labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end());
  std::vector<std::vector<std::int64_t>> by_class(static_cast<std::size_t>(largest) + 1);
  for (const std::int64_t record : records) {
    by_class[static_cast<std::size_t>(labels[static_cast<std::size_t>(record)])].push_back(record);
  }
  for (std::size_t c = 0; c < by_class.size(); ++c) {
    Rng rng(seed, c, Stream::DataSplit);
    rng.shuffle(std::span(by_class[c]));
  }
  return by_class;
}

}  // namespace

DataSplit split_data(std::span<const std::int64_t> labels, std::int64_t train, std::int64_t validation,
                     std::uint64_t seed) {
  std::vector<std::int64_t> all(labels.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const auto by_class = shuffled_classes(all, labels, seed);
  Counts sizes;
  for (const auto& records : by_class) sizes.push_back(static_cast<std::int64_t>(records.size()));
  const Counts to_validation = share_out(validation, sizes);
  Counts remaining = sizes;
  for (std::size_t c = 0; c < sizes.size(); ++c) remaining[c] -= to_validation[c];
  const Counts to_train = share_out(train, remaining);

  DataSplit split;
  for (std::size_t c = 0; c < by_class.size(); ++c) {
    const auto middle = by_class[c].begin() + to_validation[c];
    split.validation.insert(split.validation.end(), by_class[c].begin(), middle);
    split.train.insert(split.train.end(), middle, middle + to_train[c]);
  }
  std::sort(split.validation.begin(), split.validation.end());
  std::sort(split.train.begin(), split.train.end());
  return split;
}

DataSplit split_set(const DataFacts& facts, const DataDescription& parts, std::uint64_t seed) {
  if (parts.folds > 0) return split_folds(facts, parts, seed).front();
  const std::vector<std::int64_t> labels = labels_of(facts);
  if (facts.fixed_validation == 0) return split_data(labels, parts.train, parts.validation, seed);
  const std::int64_t first = facts.records - facts.fixed_validation;
  const auto all = std::span<const std::int64_t>(labels);
  DataSplit split = split_data(all.first(static_cast<std::size_t>(first)), parts.train, 0, seed);
  split.validation = split_data(all.subspan(static_cast<std::size_t>(first)), 0, parts.validation, seed).validation;
  for (std::int64_t& record : split.validation) record += first;
  return split;
}

std::vector<DataSplit> split_folds(const DataFacts& facts, const DataDescription& parts, std::uint64_t seed) {
  NAS_CHECK(parts.folds > 1 && facts.fixed_validation == 0, "folds of data that have a validation part");
  const std::vector<std::int64_t> labels = labels_of(facts);
  const std::vector<std::int64_t> drawn = split_data(labels, parts.train + parts.validation, 0, seed).train;
  std::vector<DataSplit> splits(static_cast<std::size_t>(parts.folds));
  std::size_t dealt = 0;
  for (const auto& records : shuffled_classes(drawn, labels, seed)) {
    for (const std::int64_t record : records) {
      const std::size_t mine = dealt++ % splits.size();
      for (std::size_t fold = 0; fold < splits.size(); ++fold) {
        (fold == mine ? splits[fold].validation : splits[fold].train).push_back(record);
      }
    }
  }
  for (DataSplit& split : splits) {
    std::sort(split.validation.begin(), split.validation.end());
    std::sort(split.train.begin(), split.train.end());
  }
  return splits;
}

}  // namespace nas
