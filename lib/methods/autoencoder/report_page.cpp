// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/report_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "betwixt/core/error.h"
#include "betwixt/image/charts.h"
#include "betwixt/interp/paths.h"
#include "betwixt/interp/plot_codes.h"

namespace betwixt {
namespace {

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

std::string base64(const std::vector<std::byte>& bytes) {
  constexpr const char* kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::array<unsigned, 3> b{};
    for (std::size_t j = 0; j < 3 && i + j < bytes.size(); ++j) b[j] = std::to_integer<unsigned>(bytes[i + j]);
    const unsigned bits = b[0] << 16 | b[1] << 8 | b[2];
    for (std::size_t j = 0; j < 4; ++j) text += i + j > bytes.size() ? '=' : kLetters[bits >> (18 - 6 * j) & 63];
  }
  return text;
}

/// An <img> with its bytes inside, so that the page is one file.
std::string image_tag(const std::vector<std::byte>& bytes, const char* type, const std::string& what,
                      const std::string& style = {}) {
  std::string tag("<img alt=\"");
  tag.append(escaped(what)).append("\" title=\"").append(escaped(what)).append("\" ").append(style);
  return tag.append(" src=\"data:image/").append(type).append(";base64,").append(base64(bytes)).append("\">");
}

std::string figure(const std::string& inside, const std::string& caption) {
  std::string tag("<figure>");
  return tag.append(inside).append("<figcaption>").append(escaped(caption)).append("</figcaption></figure>\n");
}

/// Settings and results of the training as two columns.
std::string settings_table(const JsonValue& training) {
  std::string table("<table class=settings>");
  for (std::size_t i = 0; i < training.keys().size(); ++i) {
    if (training.keys()[i] == "curve") continue;
    const JsonValue& value = training.items()[i];
    const std::string text = value.is(JsonValue::Kind::kString) ? value.text() : to_text(value);
    table.append("<tr><th>").append(escaped(training.keys()[i])).append("</th><td>").append(escaped(text));
    table.append("</td></tr>");
  }
  return table.append("</table>\n");
}

/// Rows of texts, the heads first.
std::string measures_table(const std::vector<std::vector<std::string>>& rows) {
  std::string table("<table class=measures>");
  const char* tag = "th";
  for (const auto& row : rows) {
    table.append("<tr>");
    for (const std::string& cell : row)
      table.append("<").append(tag).append(">").append(escaped(cell)).append("</").append(tag).append(">");
    table.append("</tr>\n");
    tag = "td";
  }
  return table.append("</table>\n");
}

int enlargement(const Images& pictures) { return std::max(1, 160 / std::max(pictures.width, pictures.height)); }

constexpr const char* kStyle =
    "<style>body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:1080px;padding:0 1em;color:#222}"
    "h1{font-size:1.6em}h2{margin-top:1.8em;border-bottom:1px solid #ddd}figure{margin:.5em}figcaption{color:#555}"
    ".row{display:flex;flex-wrap:wrap}img{image-rendering:pixelated;max-width:100%}.strip{width:100%}"
    "table{border-collapse:collapse}td,th{padding:.2em .6em;border-bottom:1px solid #e4e4e4;text-align:right}"
    "td:first-child,th:first-child,.settings td{text-align:left}.measures{font-size:.85em}</style>";

struct Page {
  std::string title, body;
  std::string html() const {
    std::string text("<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>");
    text.append(escaped(title)).append("</title>").append(kStyle).append("</head>\n<body><h1>").append(escaped(title));
    return text.append("</h1>\n").append(body).append("</body></html>\n");
  }
  Page& section(const char* name, const std::string& inside) {
    body.append("<h2>").append(name).append("</h2>\n").append(inside);
    return *this;
  }
};

/// Everything that the parts of a page show.
struct Content {
  const PathSet& set;
  const NeighbourGraph& graph;
  const Evaluation& evaluation;
  const ReportEncoders& encoders;
  const ReportOptions& options;

  Walk walk(const std::string& method, int frames) const {
    return make_walk(set, graph, method, evaluation.from, evaluation.to, frames, options.evaluation.graph);
  }
  std::string chart(const Images& picture, const char* what, const std::string& caption) const {
    return figure(image_tag(encoders.picture(picture), "png", what), caption);
  }
};

std::string animations(const Content& c) {
  std::string html("<div class=row>\n");
  for (const std::string& method : walk_methods()) {
    const Walk walk = c.walk(method, c.options.evaluation.frames);
    const PictureFile gif = c.encoders.animation(walk.frames, 16, enlargement(c.set.pictures));
    html.append(figure(image_tag(gif, "gif", method), method));
  }
  return html.append("</div>\n");
}

std::string strips(const Content& c) {
  std::string html;
  for (const std::string& method : walk_methods())
    html.append(
        figure(image_tag(c.encoders.sheet(c.walk(method, 12).frames, 12), "png", method, "class=strip"), method));
  return html;
}

Images bars(const Evaluation& evaluation) {
  std::vector<std::string> methods;
  ChartSeries imse{"imse", {}}, uniform{"step uniformity", {}};
  for (const MethodScores& m : evaluation.methods) {
    methods.push_back(m.walk.method);
    imse.values.push_back(m.walk.imse);
    uniform.values.push_back(m.walk.uniformity);
  }
  return plot_bars(methods, {imse, uniform}, "nearest-picture error (imse, 0-255 units) and largest / mean step");
}

std::string overview(const PathSet& set, const Evaluation& e) {
  const AutoencoderOptions& model = set.model.options();
  char text[320];
  std::snprintf(text, sizeof text,
                "<p>%lld pictures of %d x %d, codes of %d numbers, network \"%s\", %lld weights. Pictures come back at "
                "%.2f dB. All paths below lead from picture %lld to picture %lld; the graph has k = %d.</p>\n",
                static_cast<long long>(set.pictures.count), set.pictures.width, set.pictures.height, model.code,
                model.network == AutoencoderNetwork::kReport ? "report" : "upsample",
                static_cast<long long>(set.model.parameters().element_count()), e.reconstruction_psnr,
                static_cast<long long>(e.from), static_cast<long long>(e.to), e.k);
  return text;
}

std::string learned_strip(const Content& c) {
  std::vector<std::int64_t> chosen;
  const std::int64_t shown = std::min<std::int64_t>(12, c.set.pictures.count);
  for (std::int64_t i = 0; i < shown; ++i) chosen.push_back(i * c.set.pictures.count / shown);
  Images sheet = c.set.pictures.select(chosen);
  sheet.append(c.set.model.decode(c.set.codes.select(chosen)));
  const PictureFile png = c.encoders.sheet(sheet, static_cast<int>(shown));
  return figure(image_tag(png, "png", "pictures and reconstructions", "class=strip"),
                "above pictures, below what comes back");
}

std::string codes_figure(const Content& c) {
  const Evaluation& e = c.evaluation;
  const EvaluationOptions& how = c.options.evaluation;
  const CodesPlot plot{.values = codes_colours(c.set.codes.count, c.options.colour, how.grid),
                       .value_name = c.options.colour,
                       .graph = &c.graph,
                       .paths = {{"straight", straight_path(c.set.codes, e.from, e.to).points},
                                 {"graph", path_between(c.graph, e.from, e.to, how.graph).points}},
                       .pictures = &c.set.pictures};
  return c.chart(plot_codes(c.set.codes, plot), "codes", "codes, links and paths");
}

}  // namespace

std::string report_page(const PathSet& set, const JsonValue& training, FeatureDistance& features,
                        const ReportEncoders& encoders, const ReportOptions& options) {
  const Evaluation evaluation = evaluate(set, features, options.evaluation);
  const NeighbourGraph graph = make_graph(set.model, set.codes, options.evaluation.graph);
  const Content content{set, graph, evaluation, encoders, options};
  Page page{options.title, overview(set, evaluation)};
  page.section("Animations", animations(content));
  page.section("Frame by frame", strips(content));
  page.section("Measures",
               measures_table(table_rows(evaluation)) + content.chart(bars(evaluation), "measures", std::string()));
  page.section("Codes", codes_figure(content));
  page.section("Pictures", learned_strip(content));
  if (loss_curve_of(training).size() > 1)
    page.section("Training", content.chart(plot_losses({"loss"}, {&training}), "training loss", std::string()));
  page.section("Settings", settings_table(training));
  if (!options.note.empty()) page.section("Timing", "<p>" + escaped(options.note) + "</p>\n");
  return page.html();
}

}  // namespace betwixt
