#include "trainer/drop.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>

#include <vector>

namespace nas {

at::Tensor drop(const at::Tensor& input, double rate, const BatchShare& share) {
  if (share.whole == share.count || rate >= 1) return at::dropout(input, rate, /*train=*/true);
  std::vector<std::int64_t> sizes = input.sizes().vec();
  sizes[0] = share.whole;
  // As at::dropout draws it; a share of either memory format is a contiguous part of the whole.
  const at::Tensor kept = at::empty(sizes, input.options(), input.suggest_memory_format()).bernoulli_(1 - rate);
  return input * kept.narrow(0, share.first, share.count).div_(1 - rate);
}

}  // namespace nas
