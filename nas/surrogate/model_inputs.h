// Genotypes as a model sees them.
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "nas/search_space.h"
#include "nas/surrogate/graph_features.h"

namespace nas {

/// What the genes of a space can differ in.
struct GeneLayout {
  std::vector<std::size_t> first;              // of each gene's options among all; (genes + 1)
  std::vector<std::vector<double>> positions;  // of a gene's options in [0, 1], where all are numbers; else empty

  [[nodiscard]] std::size_t genes() const { return positions.size(); }
  /// One more than the gene has: the last stands for "inactive".
  [[nodiscard]] std::size_t options(std::size_t gene) const { return first[gene + 1] - first[gene]; }
};

[[nodiscard]] GeneLayout layout_of(const std::vector<Gene>& genes);

/// One genotype; what a model keeps of it.
struct ModelPoint {
  std::vector<std::uint16_t> options;  // by gene; an inactive one's last
  GraphFeatures graph;
};

/// Several of them, in order.
struct ModelInputs {
  std::vector<std::uint16_t> options;               // (points, genes)
  std::array<Eigen::MatrixXf, kGraphDepths> graph;  // counts, (labels, points)
  std::size_t count = 0;
};

/// The points from `begin` to before `end`.
[[nodiscard]] ModelInputs points_of(const ModelInputs& inputs, std::size_t begin, std::size_t end);

/// How many points at their beginning are the same in both, by their options.
[[nodiscard]] std::size_t common_points(const ModelInputs& a, const ModelInputs& b);

/// Gives each label of a graph a row, in the order in which they are met. Not thread-safe.
class LabelRows {
 public:
  static constexpr std::size_t kMost = 256;  // of one depth; labels met later are not seen

  /// Makes rows for what `point` has.
  void add(const ModelPoint& point);
  [[nodiscard]] ModelInputs inputs_of(std::span<const ModelPoint* const> points) const;

 private:
  std::array<std::unordered_map<std::uint64_t, std::size_t>, kGraphDepths> rows_;
};

}  // namespace nas
