// A Gaussian process over genotypes (Rasmussen and Williams 2006, chapters 2 and 5).
#pragma once

#include <Eigen/Core>

#include "nas/surrogate/kernel.h"

namespace nas {

/// Of several points; without noise.
struct Prediction {
  Eigen::VectorXd mean;
  Eigen::VectorXd sd;
};

/// Deterministic; not thread-safe.
class GaussianProcess {
 public:
  explicit GaussianProcess(GeneLayout layout) : kernel_(std::move(layout)) {}

  /// Moves the kernel's parameters, from where they are, towards the largest posterior probability
  /// under `y`: L-BFGS, at most `steps` evaluations of O(n^3). The first call starts at the priors.
  void fit(const ModelInputs& inputs, const Eigen::VectorXd& y, int steps);

  /// What is known from here on: `y` at the first points of `inputs`; the further ones are pending,
  /// as if each had come out as predicted: they make their neighbours certain and move no mean.
  /// O(n^2) for each point after those at the start that were there at the last call; O(n^3) after a fit.
  void condition(ModelInputs inputs, const Eigen::VectorXd& y);

  /// REQUIRES: condition().
  [[nodiscard]] Prediction predict(const ModelInputs& inputs) const;

 private:
  [[nodiscard]] Eigen::MatrixXd extended_factor(std::size_t kept) const;

  Kernel kernel_;
  bool started_ = false;
  ModelInputs known_;
  Eigen::MatrixXd factor_;    // L of the covariance of `known_`
  Eigen::VectorXd whitened_;  // L^-1 y
};

}  // namespace nas
