#include "trainer/padding.h"

#include <ATen/ops/constant_pad_nd.h>

namespace nas {

std::vector<std::int64_t> axis_values(const Axes& axes, std::size_t dims) {
  return {axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(dims)};
}

bool pads_evenly(const Attributes& attributes) { return attributes.pad_low == attributes.pad_high; }

at::Tensor pad(const at::Tensor& input, const Attributes& attributes, std::size_t dims, double value) {
  std::vector<std::int64_t> amounts;  // torch names the last axis first
  for (std::size_t axis = dims; axis-- > 0;) {
    amounts.push_back(attributes.pad_low[axis]);
    amounts.push_back(attributes.pad_high[axis]);
  }
  return at::constant_pad_nd(input, amounts, value);
}

}  // namespace nas
