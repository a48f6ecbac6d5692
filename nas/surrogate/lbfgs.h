// Minimisation of a smooth function by L-BFGS (Nocedal and Wright 2006, algorithm 7.5).
#pragma once

#include <Eigen/Core>
#include <functional>

namespace nas {

/// Value at a point; writes the gradient. May be infinite where the function has no value.
using SmoothFunction = std::function<double(const Eigen::VectorXd& point, Eigen::VectorXd& gradient)>;

/// The best point that at most `evaluations` of `function` find from `start`, by steps of at most
/// `reach` in any coordinate and backtracking. REQUIRES: `function` is finite at `start`.
[[nodiscard]] Eigen::VectorXd minimise(const SmoothFunction& function, Eigen::VectorXd start, int evaluations,
                                       double reach);

}  // namespace nas
