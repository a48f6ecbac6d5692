#include "experiments/report/page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nas/picture/svg.h"

namespace nas {
namespace embedded {
extern const std::string_view kChartJs;
extern const std::string_view kPageCss;
extern const std::string_view kBaseJs;
extern const std::string_view kPlotsJs;
extern const std::string_view kDetailJs;
extern const std::string_view kChoicesJs;
}  // namespace embedded

namespace {

constexpr std::string_view kHead =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:\">\n";

constexpr std::string_view kNavigation =
    "<nav><a href=\"#front\">Front</a><a href=\"#progress\">Progress</a><a href=\"#members\">Architectures</a>"
    "<a href=\"#choices\">Choices</a><a href=\"#parallel\">Parallel</a><a href=\"#lineage\">Lineage</a>"
    "<a href=\"#workers\">Workers</a><a href=\"#failures\">Failures</a><a href=\"#about\">About</a></nav>\n";

// What the scripts fill in.
constexpr std::string_view kFrontSection =
    "<section id=\"front\"><h2>Pareto front</h2>\n<div class=\"split\"><div>\n"
    "<div class=\"controls\"><label>across <select id=\"front-x\"></select></label>"
    "<label><input type=\"checkbox\" id=\"front-x-log\"> logarithmic</label>"
    "<label>up <select id=\"front-y\"></select></label>"
    "<label><input type=\"checkbox\" id=\"front-y-log\"> logarithmic</label>"
    "<label><input type=\"checkbox\" id=\"front-only\"> front only</label></div>\n"
    "<div class=\"plot tall\"><canvas id=\"front-plot\"></canvas></div>\n"
    "<p class=\"note\" id=\"front-note\">Click a point to see its architecture.</p></div>\n"
    "<aside id=\"detail\" aria-live=\"polite\"></aside></div></section>\n";
constexpr std::string_view kProgressSection =
    "<section id=\"progress\"><h2>Progress</h2>\n"
    "<div class=\"controls\"><label>best value of <select id=\"best-of\"></select></label></div>\n"
    "<div class=\"grid\"><div class=\"plot\"><canvas id=\"hypervolume-evaluations\"></canvas></div>"
    "<div class=\"plot\"><canvas id=\"hypervolume-time\"></canvas></div>"
    "<div class=\"plot\"><canvas id=\"best-evaluations\"></canvas></div>"
    "<div class=\"plot\"><canvas id=\"best-time\"></canvas></div></div>\n"
    "<p class=\"note\">Hypervolume: the share of the box between the best and the worst values of all runs shown "
    "here that the front dominates.</p></section>\n";
constexpr std::string_view kMembersSection =
    "<section id=\"members\"><h2>Architectures on the front</h2><p class=\"note\" id=\"members-note\"></p>"
    "<div id=\"gallery\"></div></section>\n";
constexpr std::string_view kChoicesSection =
    "<section id=\"choices\"><h2>Which choices matter</h2>\n"
    "<div class=\"controls\"><label>for <select id=\"importance-of\"></select></label></div>\n"
    "<div class=\"plot\" id=\"importance-box\"><canvas id=\"importance-plot\"></canvas></div>\n"
    "<p class=\"note\" id=\"importance-note\"></p>\n<h3>Mean by option</h3>\n"
    "<div class=\"controls\"><label>of <select id=\"means-of\"></select></label>"
    "<label><input type=\"checkbox\" id=\"means-all\"> all genes</label></div>\n"
    "<div id=\"means\"></div><p class=\"note\">Over the evaluations of this search, which prefers good candidates: "
    "an option that was tried seldom has a wide error. Bars: mean; in brackets: standard error, evaluations.</p>"
    "</section>\n";
constexpr std::string_view kParallelSection =
    "<section id=\"parallel\"><h2>Parallel coordinates</h2>\n"
    "<div class=\"controls\"><label>lines <select id=\"parallel-show\"></select></label>"
    "<label>genes <input type=\"number\" id=\"parallel-genes\" min=\"0\" max=\"40\" value=\"8\"></label></div>\n"
    "<div class=\"plot tall\"><canvas id=\"parallel-plot\"></canvas></div><p class=\"note\" id=\"parallel-note\"></p>"
    "</section>\n";
constexpr std::string_view kLineageSection =
    "<section id=\"lineage\"><h2>Lineage</h2>\n"
    "<div class=\"controls\"><label>of <select id=\"lineage-of\"></select></label></div>"
    "<ol id=\"lineage-list\"></ol></section>\n";

void add_script(std::string& page, std::string_view code) {
  page += "<script>\n";
  page += code;
  page += "</script>\n";
}

}  // namespace

std::string report_page(const ReportContent& content) {
  const ReportRun& run = content.runs.front();
  const std::string title = detail::xml_text(run.study.name);
  std::string page(kHead);
  page += fmt::format("<title>{}: architecture search</title>\n<style>\n{}</style>\n</head>\n<body>\n", title,
                      embedded::kPageCss);
  page += fmt::format("<header><h1>{}</h1>{}</header>\n<main>\n", title, kNavigation);
  page += "<noscript><p>The plots need JavaScript; nothing is asked for from outside this file.</p></noscript>\n";
  page += detail::summary_section(content);
  for (const std::string_view section :
       {kFrontSection, kProgressSection, kMembersSection, kChoicesSection, kParallelSection, kLineageSection}) {
    page += section;
  }
  page += detail::workers_section(run);
  page += detail::failures_section(run);
  page += detail::about_section(content);
  page += "</main>\n<script type=\"application/json\" id=\"data\">";
  page += script_safe(report_json(content));
  page += "</script>\n";
  for (const std::string_view code :
       {embedded::kChartJs, embedded::kBaseJs, embedded::kPlotsJs, embedded::kChoicesJs, embedded::kDetailJs}) {
    add_script(page, code);
  }
  page += "</body>\n</html>\n";
  return page;
}

}  // namespace nas
