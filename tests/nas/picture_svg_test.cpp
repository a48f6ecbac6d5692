#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "nas/picture/arrange.h"
#include "nas/picture/svg.h"
#include "tests/nas/picture_examples.h"
#include "tests/nas/picture_geometry.h"

namespace nas {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// What keeps a text from being XML of elements, attributes and text; empty if nothing does.
std::string xml_fault(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < xml.size();) {
    if (xml[at] != '<') {
      const bool is_entity = xml.compare(at, 4, "&lt;") == 0 || xml.compare(at, 4, "&gt;") == 0 ||
                             xml.compare(at, 5, "&amp;") == 0 || xml.compare(at, 6, "&quot;") == 0;
      if (xml[at] == '&' && !is_entity) return "a bare & at " + std::to_string(at);
      if (open.empty() && std::isspace(static_cast<unsigned char>(xml[at])) == 0) return "text outside the root";
      ++at;
      continue;
    }
    bool quoted = false;
    std::size_t end = at + 1;
    for (; end < xml.size() && (quoted || xml[end] != '>'); ++end) {
      if (xml[end] == '"') quoted = !quoted;
      if (xml[end] == '<') return "a bare < at " + std::to_string(end);
    }
    if (end == xml.size()) return "a tag without end at " + std::to_string(at);
    const std::string tag = xml.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag.front() == '/') {
      if (open.empty() || "/" + open.back() != tag) return "<" + tag + "> closes nothing";
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end + 1;
  }
  return open.empty() ? "" : "<" + open.back() + "> stays open";
}

TEST(Svg, TheCheckerFindsFaults) {
  EXPECT_EQ(xml_fault("<a x=\"1 > 0\"><b/>t &amp; u</a>\n"), "");
  EXPECT_NE(xml_fault("<a><b></a>"), "");
  EXPECT_NE(xml_fault("<a>&</a>"), "");
  EXPECT_NE(xml_fault("<a x=\"<\"/>"), "");
  EXPECT_NE(xml_fault("<a"), "");
}

TEST(Svg, IsWellFormed) {
  EXPECT_EQ(xml_fault(to_svg(picture_of(testing::resnet_50(), "ResNet-50"))), "");
  EXPECT_EQ(xml_fault(to_svg(picture_of(testing::two_input_cells(5), "cells"))), "");
  EXPECT_EQ(xml_fault(to_svg(picture_of(testing::nasnet_a_normal()))), "");
  EXPECT_EQ(xml_fault(to_svg(Picture{})), "");
}

TEST(Svg, WordsCannotBreakIt) {
  const std::string words = "</text><script>&\"'\x01\xff\xC3\xA9";
  Picture picture;
  picture.title = picture.subtitle = words;
  picture.groups = {{words, words, words, -1}};
  picture.boxes = {{words, words, words, words, BoxKind::Other, 0, {}}};
  const std::string svg = to_svg(picture);
  EXPECT_EQ(xml_fault(svg), "");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_NE(svg.find("&lt;/text&gt;&lt;script&gt;&amp;&quot;'\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA9"), std::string::npos);
}

TEST(Svg, TextsAreUnicodeThatXmlAllows) {
  const std::string replaced = "\xEF\xBF\xBD";
  EXPECT_EQ(detail::xml_text("a\tb\n"), "a\tb\n");
  EXPECT_EQ(detail::xml_text(std::string(1, '\0')), replaced);
  EXPECT_EQ(detail::xml_text("\xE2\x82\xAC\xF0\x9F\x98\x80"), "\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(detail::xml_text("\xC0\x80"), replaced + replaced);  // overlong
  EXPECT_EQ(detail::xml_text("\xED\xA0\x80"), replaced);         // a surrogate's half
  EXPECT_EQ(detail::xml_text("\xE2\x82"), replaced + replaced);  // cut off
  EXPECT_EQ(detail::xml_text("\xEF\xBF\xBF"), replaced);         // U+FFFF
}

TEST(Svg, HasAllBoxesAndALegendOfTheirKinds) {
  const Picture picture = picture_of(testing::nasnet_a_normal());
  const std::string svg = to_svg(picture);
  EXPECT_EQ(count(svg, ">sep3<"), 3u);
  EXPECT_EQ(count(svg, ">sep5<"), 2u);
  EXPECT_EQ(count(svg, ">avg3<"), 3u);
  EXPECT_EQ(count(svg, ">add<"), 5u);
  EXPECT_EQ(count(svg, ">convolution<"), 1u);
  EXPECT_EQ(count(svg, ">linear<"), 0u);
  EXPECT_EQ(count(svg, "stroke-dasharray"), 0u);
  EXPECT_EQ(count(to_svg(picture_of(testing::two_input_cells(5), "")), ">last but one<"), 1u);
}

TEST(Svg, IsTheSameEachTime) {
  EXPECT_EQ(to_svg(picture_of(testing::resnet_50(), "r")), to_svg(picture_of(testing::resnet_50(), "r")));
}

TEST(CellPicture, NasnetIsAsInThePaper) {
  const Picture picture = picture_of(testing::nasnet_a_normal());
  EXPECT_EQ(picture.direction, PictureFlow::Up);
  const Drawing drawing = arrange(picture);
  EXPECT_EQ(testing::faults(picture, drawing), "");
  // Rows from the bottom: both inputs, ten operations, five sums, the concatenation, the output.
  std::vector<std::pair<double, std::size_t>> rows;
  for (const Rect& box : drawing.boxes) {
    const double middle = -(box.y + box.height / 2);
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.first == middle; });
    if (row == rows.end()) {
      rows.emplace_back(middle, 1);
    } else {
      ++row->second;
    }
  }
  std::sort(rows.begin(), rows.end());
  std::vector<std::size_t> counts;
  for (const auto& row : rows) counts.push_back(row.second);
  EXPECT_EQ(counts, (std::vector<std::size_t>{2, 10, 5, 1, 1}));
  EXPECT_EQ(picture.boxes[0].label, "h[i-1]");
  EXPECT_EQ(picture.boxes[1].label, "h[i]");
  EXPECT_EQ(picture.boxes.back().label, "h[i+1]");
}

TEST(CellPicture, NodesReadNodes) {
  const Picture picture = picture_of(testing::nasnet_a_reduction());
  EXPECT_EQ(testing::faults(picture, arrange(picture)), "");
  EXPECT_EQ(picture.boxes.size(), 2u + 10 + 5 + 1 + 1);
}

TEST(CellPicture, NodesWithOperationsOfTheirOwn) {
  // As NAS-Bench-101's: bare edges, joined, then the node's operation; the sum of two is the output.
  CellGraph cell;
  cell.name = "cell";
  cell.nodes = {{{{0, ""}}, "conv3x3"}, {{{0, ""}, {1, ""}}, "maxpool3x3"}};
  cell.output = {1, 2};
  const Picture picture = picture_of(cell);
  std::vector<std::string> labels;
  for (const PictureBox& box : picture.boxes) labels.push_back(box.label);
  EXPECT_EQ(labels, (std::vector<std::string>{"input", "conv3x3", "add", "maxpool3x3", "add", "output"}));
  EXPECT_EQ(picture.boxes[2].inputs, (std::vector<PictureEdge>{{0, LineStyle::Solid}, {1, LineStyle::Solid}}));
  EXPECT_EQ(picture.boxes[3].kind, BoxKind::Pooling);
  EXPECT_EQ(testing::faults(picture, arrange(picture)), "");
}

TEST(CellPicture, AnEdgeTwiceIsDrawnTwice) {
  CellGraph cell;
  cell.nodes = {{{{0, ""}, {0, ""}}, ""}};
  cell.output = {1};
  const Drawing drawing = arrange(picture_of(cell));
  std::size_t into_sum = 0;
  for (const DrawnLine& line : drawing.lines) into_sum += line.into == 1 ? 1u : 0u;
  EXPECT_EQ(into_sum, 2u);
}

TEST(KindOfName, OptionsOfTheLiterature) {
  const std::pair<const char*, BoxKind> table[] = {{"sep_conv_5x5", BoxKind::Convolution},
                                                   {"dil3", BoxKind::Convolution},
                                                   {"conv1x1-bn-relu", BoxKind::Convolution},
                                                   {"1x7_7x1", BoxKind::Convolution},
                                                   {"nor_conv_3x3", BoxKind::Convolution},
                                                   {"mbconv6", BoxKind::Convolution},
                                                   {"max3", BoxKind::Pooling},
                                                   {"avg_pool_3x3", BoxKind::Pooling},
                                                   {"skip_connect", BoxKind::Identity},
                                                   {"identity", BoxKind::Identity},
                                                   {"none", BoxKind::Zero},
                                                   {"softmax", BoxKind::Activation},
                                                   {"ReLU", BoxKind::Activation},
                                                   {"group_norm", BoxKind::Normalisation},
                                                   {"linear", BoxKind::Linear},
                                                   {"squeeze_excite", BoxKind::Other},
                                                   {"", BoxKind::Other}};
  for (const auto& [name, kind] : table) EXPECT_EQ(kind_of_name(name), kind) << name;
}

}  // namespace
}  // namespace nas
