// Gives every part of a picture its place on the page. Each frame is laid out by itself and is one
// vertex of the layout round it; a tall page is cut into columns.
#pragma once

#include <string>
#include <vector>

#include "nas/picture/picture.h"

namespace nas {

/// All in pixels, y grows downwards.
struct Point {
  double x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};

struct Rect {
  double x = 0;  // of the upper left corner
  double y = 0;
  double width = 0;
  double height = 0;
  bool operator==(const Rect&) const = default;
};

/// Part of an edge. Between two points that differ in both coordinates it is a curve that starts
/// and ends upright, else a straight line.
struct DrawnLine {
  std::vector<Point> points;
  LineStyle style = LineStyle::Solid;
  std::int32_t out_of = -1;  // the box that it begins at, -1: at the end of another line
  std::int32_t into = -1;    // the box that it ends at with an arrowhead, -1: it goes on
  bool operator==(const DrawnLine&) const = default;
};

struct DrawnText {
  Point at;  // left end of the baseline
  std::string text;
  bool operator==(const DrawnText&) const = default;
};

struct Drawing {
  double width = 0;
  double height = 0;
  std::vector<Rect> boxes;   // of Picture::boxes
  std::vector<Rect> frames;  // of Picture::groups; the group's label is right of it
  std::vector<DrawnLine> lines;
  std::vector<DrawnText> edge_labels;
  bool operator==(const Drawing&) const = default;
};

inline constexpr double kLabelSize = 12;  // font sizes
inline constexpr double kSublabelSize = 10;
inline constexpr double kEdgeLabelSize = 10;
inline constexpr double kGroupLabelSize = 15;
inline constexpr double kFrameLabelGap = 6;  // between a frame and its label

/// Whether a box is drawn as a circle: a sum or product that has no second line.
[[nodiscard]] bool is_circle(const PictureBox& box);

/// The page has a margin left and right, none above and below. No two boxes overlap and no line runs through a box.
/// REQUIRES: what `Picture` says of its order.
[[nodiscard]] Drawing arrange(const Picture& picture);

}  // namespace nas
