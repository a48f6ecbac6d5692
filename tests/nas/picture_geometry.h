// What a reader takes for granted of a drawing, checked on its coordinates.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "nas/picture/arrange.h"

namespace nas::testing {

inline bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

inline bool contains(const Rect& outer, const Rect& inner) {
  return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
         inner.y + inner.height <= outer.y + outer.height;
}

/// Whether the box lies in the group, at any depth.
inline bool is_in_group(const Picture& picture, std::size_t box, std::int32_t group) {
  std::int32_t round = picture.boxes[box].group;
  while (round >= 0 && round != group) round = picture.groups[static_cast<std::size_t>(round)].parent;
  return round == group;
}

/// Points along a line, about a pixel apart, as a writer draws it.
inline std::vector<Point> points_along(const DrawnLine& line) {
  std::vector<Point> found;
  for (std::size_t i = 1; i < line.points.size(); ++i) {
    const Point a = line.points[i - 1], b = line.points[i];
    const int steps = static_cast<int>(std::abs(b.x - a.x) + std::abs(b.y - a.y)) + 1;
    for (int k = 0; k <= steps; ++k) {
      const double t = static_cast<double>(k) / steps;
      if (a.x == b.x || a.y == b.y) {
        found.push_back({a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)});
        continue;
      }
      const double u = 1 - t, middle = (a.y + b.y) / 2;
      const double from = u * u * u + 3 * u * u * t, to = 3 * u * t * t + t * t * t;
      found.push_back(
          {from * a.x + to * b.x, u * u * u * a.y + (3 * u * u * t + 3 * u * t * t) * middle + t * t * t * b.y});
    }
  }
  return found;
}

/// Whether lines lead from one box to the other.
inline bool is_joined(const Drawing& drawing, std::int32_t from, const PictureEdge& edge, std::int32_t to) {
  std::vector<std::size_t> open;
  std::set<std::size_t> seen;
  const auto meet = [](Point a, Point b) { return std::abs(a.x - b.x) < 0.01 && std::abs(a.y - b.y) < 0.01; };
  for (std::size_t l = 0; l < drawing.lines.size(); ++l) {
    if (drawing.lines[l].out_of == from && drawing.lines[l].style == edge.style) open.push_back(l);
  }
  while (!open.empty()) {
    const std::size_t l = open.back();
    open.pop_back();
    if (!seen.insert(l).second) continue;
    if (drawing.lines[l].into == to) return true;
    if (drawing.lines[l].into >= 0) continue;
    for (std::size_t next = 0; next < drawing.lines.size(); ++next) {
      const DrawnLine& line = drawing.lines[next];
      const bool goes_on = line.out_of < 0 && line.style == edge.style;
      if (goes_on && meet(drawing.lines[l].points.back(), line.points.front())) open.push_back(next);
    }
  }
  return false;
}

/// One line for each thing that is wrong; empty for a good drawing.
inline std::string faults(const Picture& picture, const Drawing& drawing) {
  std::string found;
  const auto report = [&](const std::string& what) { found += what + "\n"; };
  for (std::size_t a = 0; a < drawing.boxes.size(); ++a) {
    const Rect& box = drawing.boxes[a];
    const std::string name = "box " + std::to_string(a);
    if (!contains({0, 0, drawing.width, drawing.height}, box)) report(name + " is off the page");
    for (std::size_t b = 0; b < a; ++b) {
      if (overlap(box, drawing.boxes[b])) report(name + " overlaps box " + std::to_string(b));
    }
    for (std::size_t g = 0; g < drawing.frames.size(); ++g) {
      const bool inside = is_in_group(picture, a, static_cast<std::int32_t>(g));
      const bool right = inside ? contains(drawing.frames[g], box) : !overlap(drawing.frames[g], box);
      if (!right) report(name + " and frame " + std::to_string(g) + " are not as they should be");
    }
    for (const PictureEdge& edge : picture.boxes[a].inputs) {
      if (!is_joined(drawing, edge.from, edge, static_cast<std::int32_t>(a))) {
        report("no line from box " + std::to_string(edge.from) + " to " + name);
      }
    }
  }
  for (const DrawnLine& line : drawing.lines) {
    for (const Point& point : points_along(line)) {
      for (std::size_t b = 0; b < drawing.boxes.size(); ++b) {
        const Rect& box = drawing.boxes[b];
        const bool inside = point.x > box.x + 0.5 && point.x < box.x + box.width - 0.5 && point.y > box.y + 0.5 &&
                            point.y < box.y + box.height - 0.5;
        if (inside) {
          report("a line runs through box " + std::to_string(b));
          return found;
        }
      }
    }
  }
  return found;
}

}  // namespace nas::testing
