#include "nas/picture/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "nas/picture/arrange.h"
#include "nas/picture/text_width.h"

namespace nas {
namespace {

using detail::text_width;
using detail::xml_text;

constexpr double kHeader = 56;
constexpr double kFooter = 46;
constexpr double kTitleSize = 16;
constexpr double kSubtitleSize = 11;
constexpr double kLegendSize = 10.5;
constexpr double kLegendRow = 18;
constexpr double kSwatch = 12;
constexpr double kMargin = 24;
constexpr double kArrowLength = 7;
constexpr double kArrowHalf = 3.2;

constexpr std::string_view kInk = "#1b2733";
constexpr std::string_view kPale = "#6a7683";
constexpr std::string_view kWire = "#55616e";

struct Look {
  BoxKind kind;
  std::string_view name, fill, stroke;
};

// Light fills, so that one dark ink reads on all of them.
constexpr std::array<Look, 11> kLooks = {{
    {BoxKind::Input, "input", "#e7eaee", "#55616e"},
    {BoxKind::Output, "output", "#e7eaee", "#55616e"},
    {BoxKind::Convolution, "convolution", "#d3e5fa", "#3a78bd"},
    {BoxKind::Linear, "linear", "#e5dcf6", "#7b57b8"},
    {BoxKind::Pooling, "pooling", "#d5efd9", "#3c9350"},
    {BoxKind::Normalisation, "normalisation", "#fdf2c7", "#b3921c"},
    {BoxKind::Activation, "activation", "#fde3cd", "#cc7a2e"},
    {BoxKind::Join, "join", "#fbd9dc", "#c05560"},
    {BoxKind::Identity, "identity", "#ffffff", "#8a95a1"},
    {BoxKind::Zero, "zero", "#f4f4f4", "#b4bcc4"},
    {BoxKind::Other, "other", "#d9eef0", "#3f8f98"},
}};

const Look& look_of(BoxKind kind) { return kLooks[static_cast<std::size_t>(kind)]; }

class SvgWriter {
 public:
  explicit SvgWriter(const Picture& picture) : picture_(picture), drawing_(arrange(picture)) {}

  std::string write() {
    const double title = text_width(picture_.title, kTitleSize) + 2 * kMargin;
    const double subtitle = text_width(picture_.subtitle, kSubtitleSize) + 2 * kMargin;
    width_ = std::max({drawing_.width, title, subtitle, 320.0});
    body_x_ = (width_ - drawing_.width) / 2;
    legend();  // its rows set the height
    const std::string legend_text = std::move(out_);
    out_.clear();
    begin();
    put("<g transform=\"translate({:.1f} {:.1f})\">\n", body_x_, kHeader);
    for (std::size_t g = 0; g < picture_.groups.size(); ++g) frame(picture_.groups[g], drawing_.frames[g]);
    for (const DrawnLine& line : drawing_.lines) wire(line);
    for (const DrawnText& label : drawing_.edge_labels) edge_label(label);
    for (std::size_t b = 0; b < picture_.boxes.size(); ++b) box(picture_.boxes[b], drawing_.boxes[b]);
    put("</g>\n{}</svg>\n", legend_text);
    return std::move(out_);
  }

 private:
  template <class... Values>
  void put(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
  }

  void begin() {
    const double height = kHeader + drawing_.height + kFooter + static_cast<double>(legend_rows_) * kLegendRow;
    put("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
        "{1:.0f}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, "
        "sans-serif\" fill=\"{2}\">\n",
        width_, height, kInk);
    put("<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", xml_text(picture_.title));
    put("<text x=\"{}\" y=\"28\" font-size=\"{}\" font-weight=\"600\">{}</text>\n", kMargin, kTitleSize,
        xml_text(picture_.title));
    if (picture_.subtitle.empty()) return;
    put("<text x=\"{}\" y=\"45\" font-size=\"{}\" fill=\"{}\">{}</text>\n", kMargin, kSubtitleSize, kPale,
        xml_text(picture_.subtitle));
  }

  void tooltip(const std::string& text) {
    if (!text.empty()) put("<title>{}</title>", xml_text(text));
  }

  void frame(const PictureGroup& group, const Rect& at) {
    put("<g>");
    tooltip(group.tooltip);
    put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"10\" fill=\"#5b7083\" "
        "fill-opacity=\"0.07\" stroke=\"#8a9aa9\" stroke-dasharray=\"5 3\"/>",
        at.x, at.y, at.width, at.height);
    const double x = at.x + at.width + kFrameLabelGap, y = at.y + at.height / 2 + kGroupLabelSize / 3;
    put("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" font-weight=\"600\">{}</text>", x, y, kGroupLabelSize,
        xml_text(group.label));
    if (!group.sublabel.empty()) {
      put("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" fill=\"{}\">{}</text>", x, y + 14, kSublabelSize, kPale,
          xml_text(group.sublabel));
    }
    put("</g>\n");
  }

  void wire(const DrawnLine& line) {
    std::vector<Point> points = line.points;
    const Point tip = points.back();
    const double up = picture_.direction == PictureFlow::Up ? 1 : -1;
    // The line ends inside the arrowhead, so that its end does not show beside the tip.
    if (line.into >= 0) points.back().y += up * (kArrowLength - 1);
    put("<path fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\"{} d=\"M{:.1f} {:.1f}", kWire,
        line.style == LineStyle::Dashed ? " stroke-dasharray=\"4 3\"" : "", points[0].x, points[0].y);
    for (std::size_t i = 1; i < points.size(); ++i) {
      const Point a = points[i - 1], b = points[i];
      if (a.x == b.x || a.y == b.y) {
        put(" L{:.1f} {:.1f}", b.x, b.y);
      } else {
        const double middle = (a.y + b.y) / 2;
        put(" C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", a.x, middle, b.x, middle, b.x, b.y);
      }
    }
    put("\"/>\n");
    if (line.into < 0) return;
    put("<path fill=\"{}\" d=\"M{:.1f} {:.1f} l{:.1f} {:.1f} h{:.1f} Z\"/>\n", kWire, tip.x, tip.y, -kArrowHalf,
        up * kArrowLength, 2 * kArrowHalf);
  }

  void edge_label(const DrawnText& label) {
    put("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" fill=\"{}\">{}</text>\n", label.at.x, label.at.y,
        kEdgeLabelSize, kPale, xml_text(label.text));
  }

  void box(const PictureBox& box, const Rect& at) {
    const Look& look = look_of(box.kind);
    const double middle = at.x + at.width / 2;
    const double radius = is_circle(box) ? at.height / 2 : box.kind == BoxKind::Join ? 14 : 5;
    put("<g>");
    tooltip(box.tooltip);
    put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\" fill=\"{}\" stroke=\"{}\" "
        "stroke-width=\"1.2\"{}/>",
        at.x, at.y, at.width, at.height, radius, look.fill, look.stroke,
        box.kind == BoxKind::Zero ? " stroke-dasharray=\"3 2\"" : "");
    const double label_y = at.y + (box.sublabel.empty() ? at.height / 2 + kLabelSize * 0.35 : 17);
    centred(middle, label_y, kLabelSize, kInk, box.label);
    if (!box.sublabel.empty()) centred(middle, at.y + 32, kSublabelSize, kPale, box.sublabel);
    put("</g>\n");
  }

  void centred(double x, double y, double size, std::string_view fill, const std::string& text) {
    put("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"middle\">{}</text>", x, y, size,
        fill, xml_text(text));
  }

  /// The kinds that the picture has, in rows as wide as the page.
  void legend() {
    for (const Look& look : kLooks) {
      const auto has_look = [&](const PictureBox& box) { return box.kind == look.kind; };
      if (look.kind == BoxKind::Input || look.kind == BoxKind::Output) continue;
      if (std::none_of(picture_.boxes.begin(), picture_.boxes.end(), has_look)) continue;
      const Point at = next_in_legend(look.name);
      put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"2\" fill=\"{}\" stroke=\"{}\"/>\n", at.x,
          at.y - kSwatch + 2, kSwatch, kSwatch, look.fill, look.stroke);
    }
    const auto is_dashed = [](const DrawnLine& line) { return line.style == LineStyle::Dashed; };
    if (std::none_of(drawing_.lines.begin(), drawing_.lines.end(), is_dashed)) return;
    const Point at = next_in_legend("last but one");
    put("<path fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\" stroke-dasharray=\"4 3\" d=\"M{:.1f} {:.1f} h{}\"/>\n",
        kWire, at.x, at.y - kSwatch / 2 + 2, kSwatch);
  }

  /// Writes the name; returns where its swatch belongs, at the baseline.
  Point next_in_legend(std::string_view name) {
    const double wide = kSwatch + 5 + text_width(name, kLegendSize) + 14;
    if (legend_x_ + wide > width_ && legend_x_ > kMargin) {
      legend_x_ = kMargin;
      ++legend_rows_;
    }
    const double y = kHeader + drawing_.height + kFooter - 10 + static_cast<double>(legend_rows_) * kLegendRow;
    const Point at{legend_x_, y};
    put("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\">{}</text>\n", at.x + kSwatch + 5, y, kLegendSize, name);
    legend_x_ += wide;
    return at;
  }

  const Picture& picture_;
  Drawing drawing_;
  double width_ = 0;
  double body_x_ = 0;
  double legend_x_ = kMargin;
  std::size_t legend_rows_ = 0;
  std::string out_;
};

}  // namespace

std::string to_svg(const Picture& picture) { return SvgWriter(picture).write(); }

}  // namespace nas
