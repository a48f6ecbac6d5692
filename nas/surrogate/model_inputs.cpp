#include "nas/surrogate/model_inputs.h"

#include <algorithm>

namespace nas {
namespace {

/// Numbers by their order, evenly: 1, 2, 4, 8 is as far from each other as 1, 2, 3, 4.
std::vector<double> positions_of(const Gene& gene) {
  std::vector<double> numbers;
  for (const GeneOption& option : gene.options) {
    if (!option.number) return {};
    numbers.push_back(*option.number);
  }
  std::vector<double> sorted = numbers;
  std::ranges::sort(sorted);
  const double steps = std::max<double>(1, static_cast<double>(sorted.size()) - 1);
  for (double& number : numbers) {
    number = static_cast<double>(std::ranges::lower_bound(sorted, number) - sorted.begin()) / steps;
  }
  return numbers;
}

}  // namespace

GeneLayout layout_of(const std::vector<Gene>& genes) {
  GeneLayout layout;
  layout.first.push_back(0);
  for (const Gene& gene : genes) {
    layout.first.push_back(layout.first.back() + gene.options.size() + 1);
    layout.positions.push_back(positions_of(gene));
  }
  return layout;
}

ModelInputs points_of(const ModelInputs& inputs, std::size_t begin, std::size_t end) {
  ModelInputs points;
  points.count = end - begin;
  const std::size_t genes = inputs.count == 0 ? 0 : inputs.options.size() / inputs.count;
  const auto option = [&](std::size_t point) {
    return inputs.options.begin() + static_cast<std::ptrdiff_t>(point * genes);
  };
  points.options.assign(option(begin), option(end));
  for (std::size_t depth = 0; depth < kGraphDepths; ++depth) {
    points.graph[depth] =
        inputs.graph[depth].middleCols(static_cast<Eigen::Index>(begin), static_cast<Eigen::Index>(points.count));
  }
  return points;
}

std::size_t common_points(const ModelInputs& a, const ModelInputs& b) {
  if (a.count == 0 || b.count == 0) return 0;
  const std::size_t genes = a.options.size() / a.count;
  if (genes == 0) return 0;
  const auto [end, other] = std::mismatch(a.options.begin(), a.options.end(), b.options.begin(), b.options.end());
  return static_cast<std::size_t>(end - a.options.begin()) / genes;
}

void LabelRows::add(const ModelPoint& point) {
  for (std::size_t depth = 0; depth < kGraphDepths; ++depth) {
    for (const auto& [label, count] : point.graph.counts[depth]) {
      if (rows_[depth].size() < kMost) rows_[depth].try_emplace(label, rows_[depth].size());
    }
  }
}

ModelInputs LabelRows::inputs_of(std::span<const ModelPoint* const> points) const {
  ModelInputs inputs;
  inputs.count = points.size();
  for (const ModelPoint* point : points) {
    inputs.options.insert(inputs.options.end(), point->options.begin(), point->options.end());
  }
  for (std::size_t depth = 0; depth < kGraphDepths; ++depth) {
    Eigen::MatrixXf& counts = inputs.graph[depth];
    counts.setZero(static_cast<Eigen::Index>(rows_[depth].size()), static_cast<Eigen::Index>(points.size()));
    for (std::size_t i = 0; i < points.size(); ++i) {
      for (const auto& [label, count] : points[i]->graph.counts[depth]) {
        const auto row = rows_[depth].find(label);
        if (row == rows_[depth].end()) continue;
        counts(static_cast<Eigen::Index>(row->second), static_cast<Eigen::Index>(i)) = count;
      }
    }
  }
  return inputs;
}

}  // namespace nas
