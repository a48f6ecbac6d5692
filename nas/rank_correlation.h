// Do two measures put the same things in the same order?
#pragma once

#include <optional>
#include <span>

namespace nas {

/// Spearman's rho: Pearson's correlation of the ranks, ties at their mean rank. -1 to 1. Empty where
/// one of the two does not vary. REQUIRES: equal lengths, no NaN.
[[nodiscard]] std::optional<double> spearman_rho(std::span<const double> a, std::span<const double> b);

/// Kendall's tau-b, which corrects for ties (Kendall 1945). -1 to 1; O(n^2). As above.
[[nodiscard]] std::optional<double> kendall_tau(std::span<const double> a, std::span<const double> b);

}  // namespace nas
