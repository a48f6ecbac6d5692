#include "nas/surrogate/gaussian_process.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <utility>

#include "nas/surrogate/lbfgs.h"

namespace nas {
namespace {

/// Added to every variance, so that equal points stay apart.
constexpr double kJitter = 1e-6;
/// The farthest that a logarithm of a parameter moves in one step.
constexpr double kReach = 1;

/// What the fit minimises.
struct Posterior {
  Kernel& kernel;
  const ModelInputs& inputs;
  const Eigen::VectorXd& y;
  std::vector<Eigen::MatrixXd> distances;

  /// Negative logarithm, up to a constant.
  double operator()(const Eigen::VectorXd& parameters, Eigen::VectorXd& gradient) const {
    kernel.parameters() = parameters;
    const Eigen::Index n = y.size();
    const Kernel::Parts parts = kernel.parts(inputs, inputs, distances);
    Eigen::MatrixXd covariance = parts.sum();
    covariance.diagonal().array() += kernel.noise() + kJitter;
    const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
    if (factor.info() != Eigen::Success) return HUGE_VAL;
    const Eigen::VectorXd alpha = factor.solve(y);
    const Eigen::VectorXd off = (parameters - kernel.prior_mean()).cwiseQuotient(kernel.prior_sd());
    const double half_log_determinant = factor.matrixLLT().diagonal().array().log().sum();
    const Eigen::MatrixXd m = 0.5 * (factor.solve(Eigen::MatrixXd::Identity(n, n)) - alpha * alpha.transpose());
    gradient = kernel.gradient(inputs, distances, parts, m) + off.cwiseQuotient(kernel.prior_sd());
    return 0.5 * y.dot(alpha) + half_log_determinant + 0.5 * off.squaredNorm();
  }
};

}  // namespace

void GaussianProcess::fit(const ModelInputs& inputs, const Eigen::VectorXd& y, int steps) {
  if (!std::exchange(started_, true)) kernel_.start(inputs);
  const Posterior posterior{kernel_, inputs, y, graph_distances(inputs, inputs)};
  const auto function = [&](const Eigen::VectorXd& parameters, Eigen::VectorXd& gradient) {
    return posterior(parameters, gradient);
  };
  known_ = {};  // its factor is another kernel's
  kernel_.parameters() = minimise(function, kernel_.parameters(), steps, kReach);
}

void GaussianProcess::condition(ModelInputs inputs, const Eigen::VectorXd& y) {
  const std::size_t kept = common_points(known_, inputs);
  known_ = std::move(inputs);
  factor_ = extended_factor(kept);
  whitened_ = factor_.topLeftCorner(y.size(), y.size()).triangularView<Eigen::Lower>().solve(y);
}

/// [L11 0; L21 L22]: of the first `kept` points the rows there are, of the others new ones.
Eigen::MatrixXd GaussianProcess::extended_factor(std::size_t kept) const {
  const auto old = static_cast<Eigen::Index>(kept);
  const auto fresh = static_cast<Eigen::Index>(known_.count - kept);
  if (fresh == 0) return factor_.topLeftCorner(old, old);
  const ModelInputs news = points_of(known_, kept, known_.count);
  Eigen::MatrixXd covariance = kernel_.between(news, news);
  covariance.diagonal().array() += kernel_.noise() + kJitter;
  Eigen::MatrixXd factor = Eigen::MatrixXd::Zero(old + fresh, old + fresh);
  if (old > 0) {
    factor.topLeftCorner(old, old) = factor_.topLeftCorner(old, old);
    const Eigen::MatrixXd beside = factor.topLeftCorner(old, old).triangularView<Eigen::Lower>().solve(
        kernel_.between(points_of(known_, 0, kept), news));
    factor.bottomLeftCorner(fresh, old) = beside.transpose();
    covariance -= beside.transpose() * beside;
  }
  factor.bottomRightCorner(fresh, fresh) = Eigen::LLT<Eigen::MatrixXd>(covariance).matrixL();
  return factor;
}

Prediction GaussianProcess::predict(const ModelInputs& inputs) const {
  const Eigen::MatrixXd solved = factor_.triangularView<Eigen::Lower>().solve(kernel_.between(known_, inputs));
  Prediction prediction;
  prediction.mean = solved.topRows(whitened_.size()).transpose() * whitened_;
  const Eigen::VectorXd explained = solved.colwise().squaredNorm();
  prediction.sd = (kernel_.variance() - explained.array()).max(0.0).sqrt();
  return prediction;
}

}  // namespace nas
