// How alike two genotypes are, to a Gaussian process.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "nas/surrogate/model_inputs.h"

namespace nas {

/// s_g exp(-sum_i (w_i (u[x_i] + u[y_i]) [x_i != y_i] + r_i |p[x_i] - p[y_i]|))
///   + s_n exp(-sum_h v_h ||phi_h(x) - phi_h(y)||_1):
/// genes by a weight w for each gene times one, u, for each option, with a slope r where options are
/// numbers; networks by the counts of their labels at each depth h. A space without networks has the
/// first term only. Parameters are kept as logarithms, each with a normal prior.
class Kernel {
 public:
  explicit Kernel(GeneLayout layout);

  /// Scales v to these inputs' mean distance and sets every parameter to the middle of its prior.
  void start(const ModelInputs& inputs);

  [[nodiscard]] Eigen::VectorXd& parameters() { return parameters_; }
  [[nodiscard]] const Eigen::VectorXd& prior_mean() const { return prior_mean_; }
  [[nodiscard]] const Eigen::VectorXd& prior_sd() const { return prior_sd_; }
  /// Variance of the observations' noise.
  [[nodiscard]] double noise() const;
  /// k(x, x), without noise.
  [[nodiscard]] double variance() const;

  /// k(a_i, b_j), (a, b).
  [[nodiscard]] Eigen::MatrixXd between(const ModelInputs& a, const ModelInputs& b) const;

  /// The two terms of k(a_i, b_j), which its gradient needs apart; `networks` may be empty.
  struct Parts {
    Eigen::MatrixXd genes;
    Eigen::MatrixXd networks;

    [[nodiscard]] Eigen::MatrixXd sum() const {
      return networks.size() > 0 ? Eigen::MatrixXd(genes + networks) : genes;
    }
  };
  /// `distances`: graph_distances(a, b), which do not depend on the parameters.
  [[nodiscard]] Parts parts(const ModelInputs& a, const ModelInputs& b,
                            const std::vector<Eigen::MatrixXd>& distances) const;
  /// d/dparameters of sum_ij m_ij (k(x_i, x_j) + noise [i = j]) for a symmetric m.
  [[nodiscard]] Eigen::VectorXd gradient(const ModelInputs& inputs, const std::vector<Eigen::MatrixXd>& distances,
                                         const Parts& parts, const Eigen::MatrixXd& m) const;

 private:
  // Of all options of a gene to all, one gene after another.
  [[nodiscard]] std::vector<double> gene_costs() const;
  [[nodiscard]] Eigen::MatrixXd gene_distances(const ModelInputs& a, const ModelInputs& b) const;
  [[nodiscard]] std::vector<double> sum_by_options(const ModelInputs& inputs, const Eigen::MatrixXd& weights) const;
  void add_gene_gradient(const std::vector<double>& sums, Eigen::VectorXd& result) const;
  [[nodiscard]] double parameter(std::size_t index) const;

  GeneLayout layout_;
  std::vector<std::size_t> table_;  // where each gene's costs begin; (genes + 1)
  Eigen::VectorXd parameters_;      // log of: s_g, s_n, noise, v by depth, w and r by gene, u by option
  Eigen::VectorXd prior_mean_;
  Eigen::VectorXd prior_sd_;
  bool sees_networks_ = false;
};

/// L1 distances of the label counts, by depth; none where there are no labels.
[[nodiscard]] std::vector<Eigen::MatrixXd> graph_distances(const ModelInputs& a, const ModelInputs& b);

}  // namespace nas
