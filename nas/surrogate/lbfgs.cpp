#include "nas/surrogate/lbfgs.h"

#include <algorithm>
#include <deque>
#include <vector>

namespace nas {
namespace {

constexpr std::size_t kPairs = 8;
constexpr double kArmijo = 1e-4;
constexpr double kFlat = 1e-6;  // of the gradient's largest component

struct Pair {
  Eigen::VectorXd step;
  Eigen::VectorXd change;  // of the gradient
  double product = 0;
};

/// Two-loop recursion: the inverse Hessian's estimate times the gradient (algorithm 7.4).
Eigen::VectorXd direction(const std::deque<Pair>& pairs, const Eigen::VectorXd& gradient) {
  Eigen::VectorXd result = gradient;
  std::vector<double> alphas(pairs.size());
  for (std::size_t i = pairs.size(); i-- > 0;) {
    alphas[i] = pairs[i].step.dot(result) / pairs[i].product;
    result -= alphas[i] * pairs[i].change;
  }
  if (!pairs.empty()) result *= pairs.back().product / pairs.back().change.squaredNorm();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double beta = pairs[i].change.dot(result) / pairs[i].product;
    result += (alphas[i] - beta) * pairs[i].step;
  }
  return -result;
}

}  // namespace

Eigen::VectorXd minimise(const SmoothFunction& function, Eigen::VectorXd start, int evaluations, double reach) {
  Eigen::VectorXd point = std::move(start);
  Eigen::VectorXd gradient(point.size());
  double value = function(point, gradient);
  std::deque<Pair> pairs;
  double shorten = 1;  // of the next first try
  for (int spent = 1; spent < evaluations && gradient.cwiseAbs().maxCoeff() > kFlat; ++spent) {
    Eigen::VectorXd step = direction(pairs, gradient);
    step *= shorten * std::min(1.0, reach / step.cwiseAbs().maxCoeff());
    const Eigen::VectorXd next = point + step;
    Eigen::VectorXd next_gradient(point.size());
    const double next_value = function(next, next_gradient);
    if (!(next_value <= value + kArmijo * gradient.dot(step))) {
      shorten *= 0.25;
      if (shorten < 1e-6) break;
      continue;
    }
    const Eigen::VectorXd change = next_gradient - gradient;
    const double product = step.dot(change);
    if (product > 1e-10) pairs.push_back({step, change, product});
    if (pairs.size() > kPairs) pairs.pop_front();
    point = next;
    gradient = next_gradient;
    value = next_value;
    shorten = 1;
  }
  return point;
}

}  // namespace nas
