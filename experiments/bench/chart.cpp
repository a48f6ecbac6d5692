#include "experiments/bench/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <string_view>

#include "nas/picture/svg.h"
#include "nas/picture/text_width.h"

namespace nas {

namespace {

using detail::text_width;
using detail::xml_text;

constexpr double kPlotWidth = 560;
constexpr double kPlotHeight = 340;
constexpr double kTop = 64;     // title and subtitle
constexpr double kBottom = 52;  // ticks and the axis' name
constexpr double kMargin = 18;
constexpr double kTitleSize = 16;
constexpr double kSubtitleSize = 11;
constexpr double kTextSize = 12;
constexpr double kLegendRow = 20;
constexpr double kSwatch = 22;
constexpr std::size_t kTicks = 6;
constexpr double kRoom = 0.04;  // of the range of y, above and below

constexpr std::string_view kInk = "#1b2733";
constexpr std::string_view kPale = "#6a7683";
constexpr std::string_view kGrid = "#e3e7eb";
constexpr std::string_view kYardstickColour = "#7a838c";
// Okabe and Ito's colours, which people with any kind of colour vision tell apart.
constexpr std::array<std::string_view, 7> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                      "#e69f00", "#56b4e9", "#8c6d31"};
constexpr std::array<std::string_view, 4> kPatterns = {"", "6 3", "2 3", "8 3 2 3"};

struct Look {
  std::string_view colour;
  std::string_view dashes;
};

struct Range {
  double low = 0;
  double high = 1;
  [[nodiscard]] double share(double value) const { return (value - low) / (high - low); }
};

/// Of what counts of all lines, bands included, with some room; never empty.
Range range_of_y(const Chart& chart) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const ChartLine& line : chart.lines) {
    for (std::size_t i = 0; i < chart.x.size(); ++i) {
      if (chart.x[i] < chart.from_x || std::isnan(line.y[i])) continue;
      low = std::min(low, line.y[i] - line.error[i]);
      high = std::max(high, line.y[i] + line.error[i]);
    }
  }
  if (low > high) return {};
  const double room = high > low ? kRoom * (high - low) : std::max(1e-3, kRoom * std::abs(high));
  return {low - room, high + room};
}

/// Cut short with an ellipsis where it is wider than `width` pixels.
std::string fitted(std::string text, double width) {
  constexpr std::string_view kEllipsis = "...";
  if (text_width(text, kTextSize) <= width) return text;
  const auto inside_character = [&] {
    return !text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U;
  };
  while (!text.empty() && text_width(text + std::string(kEllipsis), kTextSize) > width) {
    while (inside_character()) text.pop_back();
    if (!text.empty()) text.pop_back();
  }
  return text + std::string(kEllipsis);
}

class ChartWriter {
 public:
  explicit ChartWriter(const Chart& chart) : chart_(chart), y_(range_of_y(chart)) {
    x_ = {0, chart.x.empty() ? 1 : std::max(chart.x.back(), 1.0)};
    y_ticks_ = axis_ticks(y_.low, y_.high, kTicks);
    for (const double tick : y_ticks_) widest_tick_ = std::max(widest_tick_, text_width(y_text(tick), kTextSize));
    left_ = kMargin + kTextSize + 10 + widest_tick_ + 8;
    for (const ChartLine& line : chart.lines) legend_ = std::max(legend_, text_width(line.label, kTextSize));
    width_ = left_ + kPlotWidth + kMargin + kSwatch + 6 + legend_ + kMargin;
    const double title = text_width(chart.title, kTitleSize);
    const double subtitle = text_width(chart.subtitle, kSubtitleSize);
    width_ = std::max(width_, std::max(title, subtitle) + 2 * kMargin);
    height_ =
        std::max(kTop + kPlotHeight + kBottom, kTop + static_cast<double>(chart.lines.size()) * kLegendRow + kMargin);
  }

  std::string write() {
    begin();
    axes();
    std::vector<Look> looks;
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) looks.push_back(look_of(i));
    put("<g clip-path=\"url(#plot)\">\n");
    for (std::size_t i = 0; i < looks.size(); ++i) band(chart_.lines[i], looks[i]);
    for (std::size_t i = 0; i < looks.size(); ++i) curve(chart_.lines[i], looks[i]);
    put("</g>\n");
    legend(looks);
    put("</svg>\n");
    return std::move(out_);
  }

 private:
  template <class... Values>
  void put(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
  }

  [[nodiscard]] Look look_of(std::size_t line) const {
    const ChartLine& own = chart_.lines[line];
    std::size_t before = 0;  // lines of this look
    for (std::size_t i = 0; i < line; ++i) {
      const ChartLine& other = chart_.lines[i];
      if (other.is_yardstick == own.is_yardstick && other.colour == own.colour) ++before;
    }
    if (own.is_yardstick) return {kYardstickColour, kPatterns[(before + 1) % kPatterns.size()]};
    return {kColours[own.colour % kColours.size()],
            kPatterns[(before + own.colour / kColours.size()) % kPatterns.size()]};
  }

  [[nodiscard]] double place_x(double value) const { return left_ + kPlotWidth * x_.share(value); }
  [[nodiscard]] double place_y(double value) const { return kTop + kPlotHeight * (1 - y_.share(value)); }

  /// With the decimals that the distance of the ticks needs.
  [[nodiscard]] std::string y_text(double tick) const {
    constexpr double kSmallest = 1e-9;
    constexpr double kLargest = 1e7;
    const double step = y_ticks_.size() > 1 ? y_ticks_[1] - y_ticks_[0] : 1;
    if (step < kSmallest || std::max(std::abs(y_.low), std::abs(y_.high)) >= kLargest) return fmt::format("{:g}", tick);
    const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
    return fmt::format("{:.{}f}", tick, decimals);
  }

  void text(double x, double y, std::string_view anchor, double size, std::string_view colour,
            const std::string& words) {
    put("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, size,
        colour, anchor, xml_text(words));
  }

  void begin() {
    put("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
        "{1:.0f}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, "
        "sans-serif\">\n",
        width_, height_);
    put("<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", xml_text(chart_.title));
    put("<defs><clipPath id=\"plot\"><rect x=\"{:.1f}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath></defs>\n",
        left_, kTop, kPlotWidth, kPlotHeight);
    text(kMargin, 28, "start", kTitleSize, kInk, chart_.title);
    text(kMargin, 46, "start", kSubtitleSize, kPale, chart_.subtitle);
  }

  void axes() {
    const double bottom = kTop + kPlotHeight;
    for (const double tick : y_ticks_) {
      const double y = place_y(tick);
      put("<path d=\"M{:.1f} {:.1f} h{}\" stroke=\"{}\"/>\n", left_, y, kPlotWidth, kGrid);
      text(left_ - 8, y + kTextSize * 0.35, "end", kTextSize, kInk, y_text(tick));
    }
    for (const double tick : axis_ticks(x_.low, x_.high, kTicks)) {
      const double x = place_x(tick);
      put("<path d=\"M{:.1f} {:.1f} v5\" stroke=\"{}\"/>\n", x, bottom, kInk);
      text(x, bottom + 19, "middle", kTextSize, kInk, fmt::format("{:g}", tick));
    }
    put("<path d=\"M{:.1f} {} V{:.1f} h{}\" fill=\"none\" stroke=\"{}\"/>\n", left_, kTop, bottom, kPlotWidth, kInk);
    text(left_ + kPlotWidth / 2, bottom + 40, "middle", kTextSize, kInk, chart_.x_label);
    const double x = kMargin + kTextSize / 2, y = kTop + kPlotHeight / 2;
    put("<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\" font-size=\"{}\" fill=\"{}\" "
        "text-anchor=\"middle\">{}</text>\n",
        x, y, kTextSize, kInk, xml_text(fitted(chart_.y_label, kPlotHeight)));
  }

  void band(const ChartLine& line, const Look& look) {
    std::string upper, lower;
    for (std::size_t i = 0; i < chart_.x.size(); ++i) {
      if (std::isnan(line.y[i])) continue;
      const double x = place_x(chart_.x[i]);
      upper += fmt::format("{}{:.1f},{:.1f}", upper.empty() ? "" : " ", x, place_y(line.y[i] + line.error[i]));
      lower = fmt::format(" {:.1f},{:.1f}", x, place_y(line.y[i] - line.error[i])) + lower;
    }
    if (upper.empty()) return;
    put("<polygon points=\"{}{}\" fill=\"{}\" fill-opacity=\"0.18\"/>\n", upper, lower, look.colour);
  }

  void curve(const ChartLine& line, const Look& look) {
    std::string points;
    for (std::size_t i = 0; i < chart_.x.size(); ++i) {
      if (std::isnan(line.y[i])) continue;
      points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", place_x(chart_.x[i]), place_y(line.y[i]));
    }
    put("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"{}><title>{}</title></polyline>\n",
        points, look.colour, dashes(look), xml_text(line.label));
  }

  [[nodiscard]] static std::string dashes(const Look& look) {
    return look.dashes.empty() ? std::string() : fmt::format(" stroke-dasharray=\"{}\"", look.dashes);
  }

  void legend(const std::vector<Look>& looks) {
    std::vector<std::size_t> order(looks.size());
    std::iota(order.begin(), order.end(), 0);
    // A line without a last value comes last.
    const auto last = [&](std::size_t i) {
      const double value = chart_.lines[i].y.empty() ? std::nan("") : chart_.lines[i].y.back();
      if (std::isnan(value)) return -std::numeric_limits<double>::infinity();
      return chart_.more_is_better ? value : -value;
    };
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return last(a) > last(b); });
    const double x = left_ + kPlotWidth + kMargin;
    double y = kTop + kLegendRow / 2;
    for (const std::size_t i : order) {
      put("<path d=\"M{:.1f} {:.1f} h{}\" stroke=\"{}\" stroke-width=\"2.4\"{}/>\n", x, y, kSwatch, looks[i].colour,
          dashes(looks[i]));
      text(x + kSwatch + 6, y + kTextSize * 0.35, "start", kTextSize, kInk, chart_.lines[i].label);
      y += kLegendRow;
    }
  }

  const Chart& chart_;
  Range x_, y_;
  std::vector<double> y_ticks_;
  double widest_tick_ = 0;
  double legend_ = 0;
  double left_ = 0;
  double width_ = 0;
  double height_ = 0;
  std::string out_;
};

}  // namespace

std::vector<double> axis_ticks(double low, double high, std::size_t count) {
  constexpr double kRounding = 0.7;  // so many times too small a step will do
  const double rough = (high - low) / static_cast<double>(count);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= kRounding * rough) step = factor * power;
  }
  std::vector<double> ticks;
  // Multiples of the step rather than sums, so that they are as round as can be.
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) ticks.push_back(i * step + 0.0);
  return ticks;
}

std::string to_svg(const Chart& chart) { return ChartWriter(chart).write(); }

}  // namespace nas
