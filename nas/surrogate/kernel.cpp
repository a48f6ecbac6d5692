#include "nas/surrogate/kernel.h"

#include <algorithm>
#include <cmath>

namespace nas {
namespace {

// Places in the vector of parameters.
constexpr std::size_t kGeneScale = 0;
constexpr std::size_t kNetworkScale = 1;
constexpr std::size_t kNoise = 2;
constexpr std::size_t kDepth = 3;
constexpr std::size_t kGene = kDepth + kGraphDepths;  // w; r follows after all w

constexpr double kNoiseMean = -4;  // logarithm
constexpr double kNoiseSd = 1.5;

Eigen::Index at(std::size_t index) { return static_cast<Eigen::Index>(index); }

double mean_distance(const Eigen::MatrixXd& distances) {
  const auto pairs = static_cast<double>(distances.size() - distances.rows());
  return pairs > 0 ? distances.sum() / pairs : 0;
}

}  // namespace

std::vector<Eigen::MatrixXd> graph_distances(const ModelInputs& a, const ModelInputs& b) {
  std::vector<Eigen::MatrixXd> all;
  for (std::size_t depth = 0; depth < kGraphDepths; ++depth) {
    const Eigen::MatrixXf& left = a.graph[depth];
    const Eigen::MatrixXf& right = b.graph[depth];
    const Eigen::Index common = std::min(left.rows(), right.rows());
    if (common == 0 && depth == 0) return {};
    if (common == 0) {
      all.push_back(Eigen::MatrixXd::Zero(left.cols(), right.cols()));
      continue;
    }
    // Labels that one side has never met count in full.
    const Eigen::VectorXf left_only = left.bottomRows(left.rows() - common).colwise().sum().transpose();
    const Eigen::VectorXf right_only = right.bottomRows(right.rows() - common).colwise().sum().transpose();
    Eigen::MatrixXd& distances = all.emplace_back(left.cols(), right.cols());
    for (Eigen::Index j = 0; j < right.cols(); ++j) {
      for (Eigen::Index i = 0; i < left.cols(); ++i) {
        const float shared = (left.col(i).head(common) - right.col(j).head(common)).lpNorm<1>();
        distances(i, j) = static_cast<double>(shared + left_only[i] + right_only[j]);
      }
    }
  }
  return all;
}

Kernel::Kernel(GeneLayout layout) : layout_(std::move(layout)) {
  std::size_t cells = 0;
  for (std::size_t i = 0; i < layout_.genes(); ++i) {
    table_.push_back(cells);
    cells += layout_.options(i) * layout_.options(i);
  }
  table_.push_back(cells);
  const std::size_t count = kGene + 2 * layout_.genes() + layout_.first.back();
  prior_mean_.setZero(at(count));
  prior_sd_.setOnes(at(count));
  parameters_ = prior_mean_;
}

void Kernel::start(const ModelInputs& inputs) {
  const std::vector<Eigen::MatrixXd> distances = graph_distances(inputs, inputs);
  sees_networks_ = !distances.empty();
  const double part = sees_networks_ ? 0.5 : 1;
  const auto genes = static_cast<double>(layout_.genes());
  prior_mean_[kGeneScale] = std::log(part);
  prior_mean_[kNetworkScale] = std::log(part);
  prior_mean_[kNoise] = kNoiseMean;
  prior_sd_[kNoise] = kNoiseSd;
  for (std::size_t depth = 0; depth < kGraphDepths; ++depth) {
    const double mean = depth < distances.size() ? mean_distance(distances[depth]) : 0;
    prior_mean_[at(kDepth + depth)] = mean > 0 ? -std::log(2 * mean) : 0;
  }
  for (std::size_t i = 0; i < layout_.genes(); ++i) {
    prior_mean_[at(kGene + i)] = -std::log(genes);
    prior_mean_[at(kGene + layout_.genes() + i)] = -std::log(genes);
  }
  parameters_ = prior_mean_;
}

double Kernel::parameter(std::size_t index) const { return std::exp(parameters_[at(index)]); }
double Kernel::noise() const { return parameter(kNoise); }
double Kernel::variance() const { return parameter(kGeneScale) + (sees_networks_ ? parameter(kNetworkScale) : 0); }

std::vector<double> Kernel::gene_costs() const {
  std::vector<double> costs;
  const std::size_t options_at = kGene + 2 * layout_.genes();
  for (std::size_t i = 0; i < layout_.genes(); ++i) {
    const std::size_t options = layout_.options(i);
    const double weight = parameter(kGene + i);
    const double slope = parameter(kGene + layout_.genes() + i);
    const std::vector<double>& positions = layout_.positions[i];
    for (std::size_t p = 0; p < options; ++p) {
      for (std::size_t q = 0; q < options; ++q) {
        double cost = 0;
        if (p != q) {
          const std::size_t base = options_at + layout_.first[i];
          cost = weight * (parameter(base + p) + parameter(base + q));
          if (p < positions.size() && q < positions.size()) cost += slope * std::abs(positions[p] - positions[q]);
        }
        costs.push_back(cost);
      }
    }
  }
  return costs;
}

/// A column of costs for each option of each gene, over the points of `a`: a point of `b` is then the
/// sum of its options' columns, which is much faster than a look into the table for each pair.
Eigen::MatrixXd Kernel::gene_distances(const ModelInputs& a, const ModelInputs& b) const {
  const std::vector<double> costs = gene_costs();
  const std::size_t genes = layout_.genes();
  Eigen::MatrixXd columns(at(a.count), at(layout_.first.back()));
  for (std::size_t g = 0; g < genes; ++g) {
    for (std::size_t option = 0; option < layout_.options(g); ++option) {
      const double* row = costs.data() + table_[g] + option * layout_.options(g);
      double* column = columns.col(at(layout_.first[g] + option)).data();
      for (std::size_t i = 0; i < a.count; ++i) column[i] = row[a.options[i * genes + g]];
    }
  }
  Eigen::MatrixXd distances = Eigen::MatrixXd::Zero(at(a.count), at(b.count));
  for (std::size_t j = 0; j < b.count; ++j) {
    const std::uint16_t* right = b.options.data() + j * genes;
    for (std::size_t g = 0; g < genes; ++g) distances.col(at(j)) += columns.col(at(layout_.first[g] + right[g]));
  }
  return distances;
}

Kernel::Parts Kernel::parts(const ModelInputs& a, const ModelInputs& b,
                            const std::vector<Eigen::MatrixXd>& distances) const {
  Parts parts;
  parts.genes = parameter(kGeneScale) * (-gene_distances(a, b)).array().exp().matrix();
  if (distances.empty()) return parts;
  Eigen::MatrixXd sum = parameter(kDepth) * distances[0];
  for (std::size_t depth = 1; depth < distances.size(); ++depth) sum += parameter(kDepth + depth) * distances[depth];
  parts.networks = parameter(kNetworkScale) * (-sum).array().exp().matrix();
  return parts;
}

Eigen::MatrixXd Kernel::between(const ModelInputs& a, const ModelInputs& b) const {
  return parts(a, b, graph_distances(a, b)).sum();
}

Eigen::VectorXd Kernel::gradient(const ModelInputs& inputs, const std::vector<Eigen::MatrixXd>& distances,
                                 const Parts& parts, const Eigen::MatrixXd& m) const {
  Eigen::VectorXd result = Eigen::VectorXd::Zero(parameters_.size());
  const Eigen::MatrixXd weights = m.cwiseProduct(parts.genes);
  result[kGeneScale] = weights.sum();
  result[kNoise] = m.trace() * noise();
  add_gene_gradient(sum_by_options(inputs, weights), result);
  if (distances.empty()) return result;
  const Eigen::MatrixXd networks = m.cwiseProduct(parts.networks);
  result[kNetworkScale] = networks.sum();
  for (std::size_t depth = 0; depth < distances.size(); ++depth) {
    result[at(kDepth + depth)] = -parameter(kDepth + depth) * networks.cwiseProduct(distances[depth]).sum();
  }
  return result;
}

/// Sums of `weights` over the pairs of points that have each pair of options: in the order of
/// gene_costs. All genes' gradients follow from these.
std::vector<double> Kernel::sum_by_options(const ModelInputs& inputs, const Eigen::MatrixXd& weights) const {
  const std::size_t genes = layout_.genes();
  std::vector<double> sums(table_.back());
  for (std::size_t j = 0; j < inputs.count; ++j) {
    const std::uint16_t* right = inputs.options.data() + j * genes;
    for (std::size_t i = 0; i < j; ++i) {
      const std::uint16_t* left = inputs.options.data() + i * genes;
      const double weight = 2 * weights(at(i), at(j));
      for (std::size_t g = 0; g < genes; ++g) sums[table_[g] + left[g] * layout_.options(g) + right[g]] += weight;
    }
  }
  return sums;
}

void Kernel::add_gene_gradient(const std::vector<double>& sums, Eigen::VectorXd& result) const {
  const std::size_t genes = layout_.genes();
  for (std::size_t g = 0; g < genes; ++g) {
    const std::size_t options = layout_.options(g);
    const std::vector<double>& positions = layout_.positions[g];
    const std::size_t base = kGene + 2 * genes + layout_.first[g];
    for (std::size_t p = 0; p < options; ++p) {
      for (std::size_t q = 0; q < options; ++q) {
        if (p == q) continue;
        const double sum = sums[table_[g] + p * options + q];
        const double of_p = sum * parameter(kGene + g) * parameter(base + p);
        const double of_q = sum * parameter(kGene + g) * parameter(base + q);
        result[at(kGene + g)] -= of_p + of_q;
        result[at(base + p)] -= of_p;
        result[at(base + q)] -= of_q;
        if (p >= positions.size() || q >= positions.size()) continue;
        result[at(kGene + genes + g)] -= sum * parameter(kGene + genes + g) * std::abs(positions[p] - positions[q]);
      }
    }
  }
}

}  // namespace nas
