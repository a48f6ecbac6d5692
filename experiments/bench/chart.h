// Lines with bands over a common x axis, as an SVG 1.1 file.
#pragma once

#include <string>
#include <vector>

namespace nas {

struct ChartLine {
  std::string label;
  std::vector<double> y;      // by x of the chart; NaN: no point
  std::vector<double> error;  // half of the band's height
  std::size_t colour = 0;     // lines of one colour have different dashes
  bool is_yardstick = false;  // grey and dashed
};

struct Chart {
  std::string title;
  std::string subtitle;
  std::string x_label;
  std::string y_label;
  std::vector<double> x;  // rising, not negative
  std::vector<ChartLine> lines;
  double from_x = 0;  // what is left of it does not count for the range of y, and may be cut off
  bool more_is_better = true;
};

/// Numbers for an axis, 1, 2 or 5 times a power of ten apart, all within the range. REQUIRES: both
/// finite, low < high, count >= 1: about how many.
[[nodiscard]] std::vector<double> axis_ticks(double low, double high, std::size_t count);

/// Well-formed XML that ends with a newline: a polyline and a band a line, axes with ticks, the
/// legend right of the plot, best last value on top. The same chart always gives the same bytes.
[[nodiscard]] std::string to_svg(const Chart& chart);

}  // namespace nas
