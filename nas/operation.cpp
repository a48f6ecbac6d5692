#include "nas/operation.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "nas/check.h"
#include "nas/operation_rows.h"

namespace nas {
namespace {

std::vector<Operation> make_operations() {
  std::vector<Operation> rows;
  for (auto* part :
       {detail::tensor_rows, detail::window_rows, detail::pool_rows, detail::norm_rows, detail::activation_rows}) {
    std::ranges::move(part(), std::back_inserter(rows));
  }
  std::ranges::sort(rows, {}, &Operation::op);
  return rows;
}

}  // namespace

std::span<const Operation> operations() {
  static const std::vector<Operation> kOperations = make_operations();
  return kOperations;
}

const Operation& operation(Op op) {
  const auto rows = operations();
  const auto index = static_cast<std::size_t>(op);
  NAS_CHECK(index < rows.size() && rows[index].op == op, "rows follow the enumerators");
  return rows[index];
}

const Operation* find_operation(std::string_view name) {
  for (const Operation& row : operations()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::optional<Reach> reach_of_all(const Attributes&, std::size_t) { return std::nullopt; }

void pad_same(Attributes& attributes) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  for (std::size_t axis = 0; axis < Shape::kMaxDims; ++axis) {
    const std::int64_t total = std::int64_t{attributes.dilation[axis]} * (std::int64_t{attributes.kernel[axis]} - 1);
    const std::int64_t low = std::clamp<std::int64_t>(total / 2, 0, kMost);
    attributes.pad_low[axis] = static_cast<std::int32_t>(low);
    attributes.pad_high[axis] = static_cast<std::int32_t>(std::clamp<std::int64_t>(total - low, 0, kMost));
  }
}

}  // namespace nas
