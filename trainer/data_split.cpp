#include "trainer/data_split.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "nas/check.h"
#include "nas/rng.h"

namespace nas {

namespace {

constexpr std::size_t kMaxClasses = 256;  // labels are bytes
using Counts = std::array<std::int64_t, kMaxClasses>;

/// Shares `total` among the classes in proportion to `sizes`, by largest remainders (ties: the
/// lower class). No share exceeds its class's size.
Counts share_out(std::int64_t total, const Counts& sizes) {
  const std::int64_t all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  NAS_CHECK(total <= all, "more images asked for than there are");
  Counts shares{};
  if (total == 0) return shares;
  std::array<std::size_t, kMaxClasses> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  Counts remainders{};
  std::int64_t given = 0;
  for (std::size_t c = 0; c < kMaxClasses; ++c) {
    shares[c] = total * sizes[c] / all;
    remainders[c] = total * sizes[c] % all;
    given += shares[c];
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; given < total; ++i, ++given) ++shares[order[i]];
  return shares;
}

}  // namespace

DataSplit split_data(std::span<const std::uint8_t> labels, std::int64_t train, std::int64_t validation,
                     std::uint64_t seed) {
  std::array<std::vector<std::int64_t>, kMaxClasses> by_class;
  for (std::size_t i = 0; i < labels.size(); ++i) by_class[labels[i]].push_back(static_cast<std::int64_t>(i));
  Counts sizes{};
  for (std::size_t c = 0; c < kMaxClasses; ++c) {
    sizes[c] = static_cast<std::int64_t>(by_class[c].size());
    Rng rng(seed, c, Stream::DataSplit);
    rng.shuffle(std::span(by_class[c]));
  }
  const Counts to_validation = share_out(validation, sizes);
  Counts remaining{};
  for (std::size_t c = 0; c < kMaxClasses; ++c) remaining[c] = sizes[c] - to_validation[c];
  const Counts to_train = share_out(train, remaining);

  DataSplit split;
  for (std::size_t c = 0; c < kMaxClasses; ++c) {
    const auto middle = by_class[c].begin() + to_validation[c];
    split.validation.insert(split.validation.end(), by_class[c].begin(), middle);
    split.train.insert(split.train.end(), middle, middle + to_train[c]);
  }
  std::sort(split.validation.begin(), split.validation.end());
  std::sort(split.train.begin(), split.train.end());
  return split;
}

}  // namespace nas
