#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "nas/picture/arrange.h"
#include "nas/picture/layered_layout.h"
#include "nas/rng.h"
#include "tests/nas/picture_geometry.h"

namespace nas {
namespace {

using testing::faults;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : rng_(seed, 0, Stream::Test) {}
  std::int32_t below(std::int32_t limit) {
    return static_cast<std::int32_t>(rng_.below(static_cast<std::uint64_t>(limit)));
  }

 private:
  Rng rng_;
};

/// Boxes of many sizes, any wiring, frames in frames.
Picture random_picture(std::uint64_t seed) {
  Dice dice(seed);
  Picture picture;
  picture.direction = dice.below(2) == 0 ? PictureFlow::Down : PictureFlow::Up;
  const std::int32_t count = 2 + dice.below(40);
  const std::int32_t outer_begin = dice.below(count), outer_end = outer_begin + 1 + dice.below(count - outer_begin);
  const std::int32_t inner_begin = outer_begin + dice.below(outer_end - outer_begin);
  const std::int32_t inner_end = inner_begin + 1 + dice.below(outer_end - inner_begin);
  picture.groups = {{"x 2", "", "", -1}, {"x 3", "wide words", "", 0}};
  for (std::int32_t b = 0; b < count; ++b) {
    PictureBox box;
    box.label = std::string(static_cast<std::size_t>(1 + dice.below(20)), 'n');
    if (dice.below(2) == 0) box.sublabel = "second line";
    if (dice.below(3) == 0) box.edge_label = "16x32x32";
    box.kind = dice.below(4) == 0 ? BoxKind::Join : BoxKind::Other;
    if (b >= outer_begin && b < outer_end) box.group = b >= inner_begin && b < inner_end ? 1 : 0;
    const std::int32_t inputs = b == 0 ? 0 : dice.below(4);
    for (std::int32_t i = 0; i < inputs; ++i) {
      const std::int32_t from = dice.below(3) > 0 ? std::max(0, b - 1 - dice.below(3)) : dice.below(b);
      box.inputs.push_back({from, dice.below(8) == 0 ? LineStyle::Dashed : LineStyle::Solid});
    }
    picture.boxes.push_back(std::move(box));
  }
  if (inner_begin == outer_begin && inner_end == outer_end) picture.groups[0].label = "";
  return picture;
}

TEST(PictureLayout, NothingOverlapsAndEveryEdgeIsDrawn) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Picture picture = random_picture(seed);
    EXPECT_EQ(faults(picture, arrange(picture)), "") << "seed " << seed;
  }
}

TEST(PictureLayout, TheSamePictureIsDrawnTheSame) {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_EQ(arrange(random_picture(seed)), arrange(random_picture(seed)));
}

TEST(PictureLayout, ATallChainIsCutIntoColumns) {
  Picture picture;
  for (std::int32_t b = 0; b < 60; ++b) {
    picture.boxes.push_back({"box", "", "", "", BoxKind::Other, -1, {}});
    if (b > 0) picture.boxes.back().inputs = {{b - 1, LineStyle::Solid}};
  }
  const Drawing drawing = arrange(picture);
  EXPECT_EQ(faults(picture, drawing), "");
  EXPECT_LT(drawing.height, 1300);
  EXPECT_GT(drawing.boxes.back().x, drawing.boxes.front().x + drawing.boxes.front().width);
}

TEST(PictureLayout, LongSkipsKeepAPageWhole) {
  Picture picture;
  for (std::int32_t b = 0; b < 60; ++b) {
    picture.boxes.push_back({"box", "", "", "", BoxKind::Other, -1, {}});
    if (b > 0) picture.boxes.back().inputs = {{b - 1, LineStyle::Solid}};
    if (b > 31) picture.boxes.back().inputs.push_back({61 - b, LineStyle::Solid});
  }
  const Drawing drawing = arrange(picture);
  EXPECT_EQ(faults(picture, drawing), "");
  EXPECT_GT(drawing.height, 60 * 50);
}

TEST(PictureLayout, UpIsDownTurnedOver) {
  Picture picture = random_picture(7);
  picture.direction = PictureFlow::Down;
  const Drawing down = arrange(picture);
  picture.direction = PictureFlow::Up;
  const Drawing up = arrange(picture);
  for (std::size_t b = 0; b < down.boxes.size(); ++b) {
    EXPECT_EQ(up.boxes[b].x, down.boxes[b].x);
    EXPECT_EQ(up.boxes[b].y, up.height - down.boxes[b].y - down.boxes[b].height);
  }
}

TEST(PictureLayout, NothingIsAnEmptyPage) {
  const Drawing drawing = arrange(Picture{});
  EXPECT_TRUE(drawing.boxes.empty());
  EXPECT_TRUE(drawing.lines.empty());
}

TEST(LayeredLayout, LayersAreLongestPaths) {
  // 0 -> 1 -> 2 -> 4, 0 -> 3 -> 4: vertex 3 stands by its reader.
  detail::LayeredGraph graph;
  graph.vertices.assign(5, {10, 10, false});
  for (const auto& [from, to] : {std::pair{0, 1}, {1, 2}, {2, 4}, {0, 3}, {3, 4}}) {
    graph.edges.push_back({from, to, 0, 0, LineStyle::Solid});
  }
  const detail::LayeredLayout layout = detail::make_layers(graph);
  EXPECT_EQ(std::vector<std::int32_t>(layout.layer.begin(), layout.layer.begin() + 5),
            (std::vector<std::int32_t>{0, 1, 2, 2, 3}));
  EXPECT_EQ(layout.vertices.size(), 6u);  // one bend, beside vertex 1
  EXPECT_EQ(layout.layer.back(), 1);
}

TEST(LayeredLayout, EdgesFromOnePlaceShareBends) {
  detail::LayeredGraph graph;
  graph.vertices.assign(6, {10, 10, false});
  for (std::int32_t v = 1; v < 6; ++v) {
    graph.edges.push_back({v - 1, v, 0, 0, LineStyle::Solid});
    if (v > 1) graph.edges.push_back({0, v, 0, 0, LineStyle::Solid});
  }
  EXPECT_EQ(detail::make_layers(graph).vertices.size(), 6u + 4u);
}

detail::LayeredLayout random_layers(std::uint64_t seed) {
  Dice dice(seed);
  detail::LayeredGraph graph;
  graph.vertices.assign(20, {10, 10, false});
  for (std::int32_t v = 1; v < 20; ++v) {
    for (int i = 0; i < 2; ++i) graph.edges.push_back({dice.below(v), v, 0, 0, LineStyle::Solid});
  }
  return detail::make_layers(graph);
}

TEST(LayeredLayout, CrossingsAreCountedAsByHand) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const detail::LayeredLayout layout = random_layers(seed);
    std::vector<std::int64_t> rank(layout.vertices.size());
    for (const auto& order : layout.order) {
      for (std::size_t i = 0; i < order.size(); ++i) {
        rank[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
      }
    }
    const auto place = [&](std::int32_t v) { return rank[static_cast<std::size_t>(v)]; };
    const auto layer = [&](std::int32_t v) { return layout.layer[static_cast<std::size_t>(v)]; };
    std::int64_t crossings = 0;
    for (std::size_t a = 0; a < layout.segments.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        const auto &s = layout.segments[a], &t = layout.segments[b];
        if (layer(s.from) != layer(t.from)) continue;
        crossings += (place(s.from) - place(t.from)) * (place(s.to) - place(t.to)) < 0 ? 1 : 0;
      }
    }
    EXPECT_EQ(detail::count_crossings(layout), crossings) << "seed " << seed;
  }
}

TEST(LayeredLayout, SweepsRemoveCrossings) {
  std::int64_t before = 0, after = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    detail::LayeredLayout layout = random_layers(seed);
    const std::int64_t crossings = detail::count_crossings(layout);
    detail::reduce_crossings(layout);
    EXPECT_LE(detail::count_crossings(layout), crossings) << "seed " << seed;
    before += crossings;
    after += detail::count_crossings(layout);
  }
  EXPECT_LT(2 * after, before);
}

TEST(LayeredLayout, ATreeHasNoCrossings) {
  detail::LayeredGraph graph;
  graph.vertices.assign(31, {10, 10, false});
  for (std::int32_t v = 1; v < 31; ++v) graph.edges.push_back({(v * 7 % 31) % v, v, 0, 0, LineStyle::Solid});
  EXPECT_EQ(detail::count_crossings(detail::lay_out(graph)), 0);
}

TEST(LayeredLayout, AChainIsOneUprightLine) {
  detail::LayeredGraph graph;
  for (std::int32_t v = 0; v < 12; ++v) {
    graph.vertices.push_back({10.0 + 7 * (v % 3), 10, false});
    if (v > 0) graph.edges.push_back({v - 1, v, 0, 0, LineStyle::Solid});
  }
  const detail::LayeredLayout layout = detail::lay_out(graph);
  for (const double x : layout.x) EXPECT_EQ(x, layout.x.front());
}

}  // namespace
}  // namespace nas
