// Evenly spread weights of several objectives: the directions in which MOEA/D searches.
#pragma once

#include <cstddef>
#include <vector>

namespace nas {

/// `count` points of the unit simplex (each >= 0, summing to 1), far from each other: first the
/// corners, then always the one farthest from those before (Zhang, Liu and Li 2009), out of a
/// quasi-random set; equally spaced for two objectives. Always the same for the same arguments.
/// O(count * objectives * max(5000, 10 * count)). REQUIRES: objectives > 0.
[[nodiscard]] std::vector<std::vector<double>> simplex_weights(std::size_t objectives, std::size_t count);

}  // namespace nas
