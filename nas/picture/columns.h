// Where layers stand on the page: one below the other, and a tall stack cut into columns where few
// edges pass.
#pragma once

#include <vector>

#include "nas/picture/arrange.h"
#include "nas/picture/layered_layout.h"

namespace nas::detail {

enum class Columns { One, AsFits };

/// A layout with its layers placed; vertex v spans y of top[v] to bottom[v].
struct Page {
  std::vector<double> x;            // centre of each vertex
  std::vector<double> top, bottom;  // of each vertex
  std::vector<DrawnLine> lines;     // one for each segment of the layout; its boxes are not yet set
  double width = 0;
  double height = 0;
};

/// Layers from y = 0 down, x from 0 right.
[[nodiscard]] Page place_layers(const LayeredLayout& layout, Columns columns);

}  // namespace nas::detail
