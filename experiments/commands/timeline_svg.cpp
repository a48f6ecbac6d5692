#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <span>

#include "experiments/commands/outcome_colours.h"
#include "experiments/commands/text_table.h"
#include "experiments/commands/timeline.h"
#include "nas/picture/svg.h"
#include "nas/picture/text_width.h"

namespace nas {
namespace {

using detail::text_width;
using detail::xml_text;

constexpr double kPlotWidth = 900;
constexpr double kRowHeight = 16;
constexpr double kBarHeight = 12;
constexpr double kTop = 74;  // title, utilisation, legend
constexpr double kBottom = 40;
constexpr double kMargin = 16;
constexpr double kUtilisationWidth = 48;
constexpr double kTextSize = 11;
constexpr double kLegendSize = 10;
constexpr double kNarrowest = 0.4;  // pixels of a bar, so that the shortest is seen
constexpr std::size_t kSlices = 450;
constexpr std::size_t kMostBars = 4000;  // drawn one by one, each with a tooltip
constexpr std::size_t kTicks = 9;

/// Steps of the time axis that people read easily, in seconds.
constexpr std::array<double, 24> kSteps = {1e-3, 1e-2, 0.1,   0.5,   1,     2,     5,      10,
                                           15,   30,   60,    120,   300,   600,   900,    1800,
                                           3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800};

std::string_view style_text() {
  return "svg.nas-timeline{--ink:#1b2733;--pale:#5d6975;--line:#dde2e7;--page:#ffffff;--idle:#eef1f4}\n"
         "@media screen and (prefers-color-scheme:dark){svg.nas-timeline"
         "{--ink:#e4e9ee;--pale:#9aa7b4;--line:#35404b;--page:#161c22;--idle:#232b33}}\n"
         "svg.nas-timeline text{fill:var(--ink)}svg.nas-timeline .pale{fill:var(--pale)}\n"
         "svg.nas-timeline .page{fill:var(--page)}svg.nas-timeline .idle{fill:var(--idle)}\n"
         "svg.nas-timeline line{stroke:var(--line)}svg.nas-timeline .resumed{stroke:var(--ink);stroke-dasharray:3 3}\n";
}

/// What is drawn in one line: a worker, or several of them.
struct Line {
  std::string label;
  std::span<const TimelineRow> rows;
};

std::vector<Line> lines_of(const Timeline& timeline) {
  const std::size_t count = timeline.rows.size();
  const std::size_t share = std::max<std::size_t>(1, (count + kMostTimelineRows - 1) / kMostTimelineRows);
  std::vector<Line> lines;
  for (std::size_t i = 0; i < count; i += share) {
    const auto rows = std::span(timeline.rows).subspan(i, std::min(share, count - i));
    const std::string& first = rows.front().use.worker;
    lines.push_back({share == 1 ? first : fmt::format("{} and {} more", first, rows.size() - 1), rows});
  }
  return lines;
}

double step_of(double seconds) {
  const auto fits = [&](double step) { return seconds / step <= static_cast<double>(kTicks); };
  const auto found = std::ranges::find_if(kSteps, fits);
  if (found != kSteps.end()) return *found;
  double step = kSteps.back();
  while (!fits(step)) step *= 2;
  return step;
}

std::string tick_text(double seconds, double step) {
  return step < 1 ? fmt::format("{:.3g} s", seconds) : display_duration(seconds);
}

class TimelineWriter {
 public:
  explicit TimelineWriter(const Timeline& timeline) : timeline_(timeline), lines_(lines_of(timeline)) {
    double labels = 0;
    for (const Line& line : lines_) labels = std::max(labels, text_width(line.label, kTextSize));
    left_ = kMargin + labels + 10;
    width_ = left_ + kPlotWidth + 8 + kUtilisationWidth + kMargin;
    bottom_ = kTop + static_cast<double>(std::max<std::size_t>(lines_.size(), 1)) * kRowHeight;
    std::size_t bars = 0;
    for (const TimelineRow& row : timeline.rows) {
      bars += row.bars.size();
      for (const TimelineBar& bar : row.bars) seen_.insert(outcome_place(bar.outcome));
    }
    one_by_one_ = bars <= kMostBars && lines_.size() == timeline.rows.size();
  }

  std::string write() {
    begin();
    axis();
    for (std::size_t i = 0; i < lines_.size(); ++i) line(lines_[i], kTop + static_cast<double>(i) * kRowHeight);
    for (const double second : timeline_.resumed) {
      put("<line class=\"resumed\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"><title>continued"
          "</title></line>\n",
          x_of(second), kTop - 4, bottom_);
    }
    put("</svg>\n");
    return std::move(out_);
  }

 private:
  template <class... Values>
  void put(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
  }

  [[nodiscard]] double x_of(double second) const {
    return left_ + (timeline_.seconds > 0 ? second / timeline_.seconds * kPlotWidth : 0);
  }

  void begin() {
    const double height = bottom_ + kBottom;
    put("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"nas-timeline\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', "
        "'DejaVu Sans', Arial, sans-serif\" font-size=\"{2}\">\n<title>{3}: timeline of the "
        "workers</title>\n<style>\n{4}",
        width_, height, kTextSize, xml_text(timeline_.title), style_text());
    for (std::size_t i = 0; i < kOutcomeColours.size(); ++i) {
      put("svg.nas-timeline .o{}{{fill:{}}}", i, kOutcomeColours[i].colour);
    }
    put("\n</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
        "<text x=\"{0}\" y=\"24\" font-size=\"16\" font-weight=\"600\">{1}</text>\n"
        "<text class=\"pale\" x=\"{0}\" y=\"42\">{2}</text>\n",
        kMargin, xml_text(timeline_.title), summary());
    legend();
  }

  [[nodiscard]] std::string summary() const {
    if (timeline_.rows.empty()) return "no result yet";
    const std::string each =
        lines_.size() == timeline_.rows.size()
            ? ""
            : fmt::format(", {} to a line", (timeline_.rows.size() + kMostTimelineRows - 1) / kMostTimelineRows);
    return fmt::format("{} worker{}{}, {:.1f}% of the time at work in {}", timeline_.rows.size(),
                       timeline_.rows.size() == 1 ? "" : "s", each, 100 * timeline_.utilisation,
                       display_duration(timeline_.seconds));
  }

  void legend() {
    double x = kMargin;
    const auto entry = [&](std::string_view style, std::string_view name) {
      put("<rect class=\"{}\" x=\"{:.1f}\" y=\"52\" width=\"{}\" height=\"{}\"/><text x=\"{:.1f}\" "
          "y=\"61\">{}</text>\n",
          style, x, kLegendSize, kLegendSize, x + kLegendSize + 4, name);
      x += kLegendSize + 4 + text_width(name, kTextSize) + 14;
    };
    for (const std::size_t place : seen_) entry(fmt::format("o{}", place), kOutcomeColours[place].outcome);
    entry("idle", "idle");
  }

  void axis() {
    if (timeline_.seconds <= 0) return;
    const double step = step_of(timeline_.seconds);
    for (int i = 0; step * i <= timeline_.seconds; ++i) {
      const double second = step * i;
      put("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/><text class=\"pale\" x=\"{0:.1f}\" "
          "y=\"{3:.1f}\" text-anchor=\"middle\">{4}</text>\n",
          x_of(second), kTop, bottom_ + 4, bottom_ + 18, tick_text(second, step));
    }
  }

  void line(const Line& line, double y) {
    put("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left_ - 8, y + kBarHeight - 2,
        xml_text(line.label));
    put("<rect class=\"idle\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\"/>\n", left_, y, kPlotWidth,
        kBarHeight);
    one_by_one_ ? bars(line.rows.front(), y) : slices(line.rows, y);
    double utilisation = 0;
    for (const TimelineRow& row : line.rows) utilisation += row.use.utilisation();
    put("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.0f}%</text>\n", width_ - kMargin, y + kBarHeight - 2,
        100 * utilisation / static_cast<double>(line.rows.size()));
  }

  void bars(const TimelineRow& row, double y) {
    for (const TimelineBar& bar : row.bars) {
      const double x = x_of(bar.begin);
      // A hair less than the whole, so that the next bar is seen to be another one.
      const double width = std::max(x_of(bar.end) - x - 0.5, kNarrowest);
      put("<rect class=\"o{}\" x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{}\"><title>candidate {}: {}, "
          "{:.3g} s</title></rect>\n",
          outcome_place(bar.outcome), x, y, width, kBarHeight, number(bar.id), xml_text(bar.outcome),
          bar.end - bar.begin);
    }
  }

  /// Of each slice of time, the share of it that went to each outcome, stacked.
  void slices(std::span<const TimelineRow> rows, double y) {
    std::array<std::array<double, kOutcomeColours.size()>, kSlices> shares{};
    for (const TimelineRow& row : rows) {
      for (const TimelineBar& bar : row.bars) add_shares(bar, shares, static_cast<double>(rows.size()));
    }
    constexpr double kWidth = kPlotWidth / static_cast<double>(kSlices);
    for (const std::size_t place : seen_) {
      std::string path;
      for (std::size_t slice = 0; slice < kSlices; ++slice) {
        const double height = kBarHeight * std::min(shares[slice][place], 1.0);
        if (height < 0.05) continue;
        double below = 0;
        for (std::size_t other = 0; other < place; ++other) below += kBarHeight * shares[slice][other];
        path += fmt::format("M{:.1f} {:.1f}h{:.0f}v-{:.1f}h-{:.0f}z", left_ + kWidth * static_cast<double>(slice),
                            y + kBarHeight - std::min(below, kBarHeight), kWidth, height, kWidth);
      }
      if (!path.empty()) put("<path class=\"o{}\" d=\"{}\"/>\n", place, path);
    }
  }

  template <class Shares>
  void add_shares(const TimelineBar& bar, Shares& shares, double workers) const {
    const double slice_seconds = timeline_.seconds / static_cast<double>(kSlices);
    if (slice_seconds <= 0) return;
    const auto place_in = [&](double second) {
      return std::min(static_cast<std::size_t>(second / slice_seconds), kSlices - 1);
    };
    for (std::size_t slice = place_in(bar.begin); slice <= place_in(bar.end); ++slice) {
      const double from = std::max(bar.begin, slice_seconds * static_cast<double>(slice));
      const double to = std::min(bar.end, slice_seconds * static_cast<double>(slice + 1));
      shares[slice][outcome_place(bar.outcome)] += std::max(to - from, 0.0) / slice_seconds / workers;
    }
  }

  const Timeline& timeline_;
  std::vector<Line> lines_;
  std::set<std::size_t> seen_;  // outcomes, places in kOutcomeColours
  bool one_by_one_ = true;
  double left_ = 0;
  double width_ = 0;
  double bottom_ = 0;
  std::string out_;
};

}  // namespace

std::string to_svg(const Timeline& timeline) { return TimelineWriter(timeline).write(); }

}  // namespace nas
