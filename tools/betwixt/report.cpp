// SPDX-License-Identifier: MIT
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/gif.h"
#include "commands.h"
#include "evaluation.h"
#include "loss_options.h"
#include "model_pictures.h"
#include "plot_model.h"

namespace betwixt::cli {
namespace {

struct ReportArguments {
  std::string model;
  std::string data;
  std::string output;
  std::string grid;
  std::string colour = "order";
  std::string features;
  std::string input = "imagenet";
  std::string device = "cpu";
  std::string title;
  EvaluationOptions options;
};

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

/// The measures, from the table that `evaluate` prints.
std::string measures_table(const Evaluation& evaluation) {
  const std::string text = to_table(evaluation);
  std::string table("<table class=measures>");
  bool head = true;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    std::string row = text.substr(begin, end - begin) + "  ";
    table.append("<tr>");
    for (std::size_t at = 0; at < row.size();) {
      // Cells are two or more spaces apart; a name may hold a single one.
      at = row.find_first_not_of(' ', at);
      if (at == std::string::npos) break;
      const std::size_t stop = row.find("  ", at);
      table.append(head ? "<th>" : "<td>").append(escaped(row.substr(at, stop - at))).append(head ? "</th>" : "</td>");
      at = stop;
    }
    table.append("</tr>\n");
    head = false;
    begin = end + 1;
  }
  return table.append("</table>\n");
}

int enlargement(const Images& pictures) { return std::max(1, 160 / std::max(pictures.width, pictures.height)); }

std::string animations(const PathSet& set, const NeighbourGraph& graph, const Evaluation& evaluation,
                       const EvaluationOptions& options) {
  std::string html("<div class=row>\n");
  for (const std::string& method : path_methods()) {
    const Walk walk = make_walk(set, graph, method, evaluation.from, evaluation.to, options.frames, options.graph);
    const GifOptions gif{.fps = 16, .ping_pong = true, .scale = enlargement(set.pictures)};
    html.append(figure(image_tag(encode_gif(walk.frames, gif), "gif", method), method));
  }
  return html.append("</div>\n");
}

std::string strips(const PathSet& set, const NeighbourGraph& graph, const Evaluation& evaluation,
                   const EvaluationOptions& options) {
  std::string html;
  for (const std::string& method : path_methods()) {
    const Walk walk = make_walk(set, graph, method, evaluation.from, evaluation.to, 12, options.graph);
    const Images sheet = contact_sheet(walk.frames, 12);
    html.append(figure(image_tag(encode_png(sheet), "png", method, "class=strip"), method));
  }
  return html;
}

Images bars(const Evaluation& evaluation) {
  std::vector<std::string> methods;
  Series imse{"imse", {}}, uniform{"step uniformity", {}};
  for (const MethodScores& m : evaluation.methods) {
    methods.push_back(m.walk.method);
    imse.values.push_back(m.walk.imse);
    uniform.values.push_back(m.walk.uniformity);
  }
  return plot_bars(methods, {imse, uniform}, "nearest-picture error (imse, 0-255 units) and largest / mean step");
}

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

std::string overview(const LoadedModel& loaded, const Images& pictures, const Evaluation& e) {
  char text[320];
  std::snprintf(text, sizeof text,
                "<p>%lld pictures of %d x %d, codes of %d numbers, network \"%s\", %lld weights. Pictures come back at "
                "%.2f dB. All paths below lead from picture %lld to picture %lld; the graph has k = %d.</p>\n",
                static_cast<long long>(pictures.count), pictures.width, pictures.height, loaded.model.options().code,
                loaded.model.options().network == AutoencoderNetwork::kReport ? "report" : "upsample",
                static_cast<long long>(loaded.model.parameters().element_count()), e.reconstruction_psnr,
                static_cast<long long>(e.from), static_cast<long long>(e.to), e.k);
  return text;
}

std::string learned_strip(const PathSet& set) {
  std::vector<std::int64_t> chosen;
  const std::int64_t shown = std::min<std::int64_t>(12, set.pictures.count);
  for (std::int64_t i = 0; i < shown; ++i) chosen.push_back(i * set.pictures.count / shown);
  Images sheet = set.pictures.select(chosen);
  sheet.append(set.model.decode(set.codes.select(chosen)));
  const auto png = encode_png(contact_sheet(sheet, static_cast<int>(shown)));
  return figure(image_tag(png, "png", "pictures and reconstructions", "class=strip"),
                "above pictures, below what comes back");
}

std::string codes_figure(const ReportArguments& a, const PathSet& set, const NeighbourGraph& graph,
                         const Evaluation& e) {
  CodesPlot plot = codes_plot(set.codes, a.colour, a.grid);
  plot.graph = &graph;
  plot.pictures = &set.pictures;
  plot.paths = {{"straight", straight_path(set.codes, e.from, e.to).points},
                {"graph", path_between(graph, e.from, e.to, a.options.graph).points}};
  return figure(image_tag(encode_png(plot_codes(set.codes, plot)), "png", "codes"), "codes, links and paths");
}

void report(ReportArguments& a) {
  const auto begin = std::chrono::steady_clock::now();
  const Device device = open_device(a.device);
  const LoadedModel loaded = load_model(device, a.model);
  if (!a.grid.empty()) {
    FactorGrid grid;
    read_pair(a.grid, &grid.rows, &grid.columns);
    a.options.grid = grid;
  }
  const Images pictures = pictures_for(loaded, a.data);
  const Codes codes = loaded.model.encode(pictures);
  const PathSet set{loaded.model, pictures, codes};
  const NeighbourGraph graph = open_graph(loaded.model, codes, a.options.graph);
  FeatureDistance features(a.features.empty()
                               ? FeatureNetwork::random(device)
                               : FeatureNetwork::load(device, a.features, {.input = feature_input(a.input)}));
  const Evaluation evaluation = evaluate(set, features, a.options);
  Page page{a.title.empty() ? "betwixt: " + path_name(a.model) : a.title, overview(loaded, pictures, evaluation)};
  page.section("Animations", animations(set, graph, evaluation, a.options));
  page.section("Frame by frame", strips(set, graph, evaluation, a.options));
  page.section("Measures",
               measures_table(evaluation) + figure(image_tag(encode_png(bars(evaluation)), "png", "measures"), ""));
  page.section("Codes", codes_figure(a, set, graph, evaluation));
  page.section("Pictures", learned_strip(set));
  const std::vector<double> curve = loss_curve_of(loaded.training);
  if (curve.size() > 1) {
    const JsonValue* steps = loaded.training.find("steps");
    const Images plot =
        plot_curves({{"loss", curve}}, {"training loss", "step", "loss", steps ? steps->number() : 0, true});
    page.section("Training", figure(image_tag(encode_png(plot), "png", "training loss"), ""));
  }
  page.section("Settings", settings_table(loaded.training));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  char timing[160];
  std::snprintf(timing, sizeof timing, "<p>This page was made in %.1f s on %.64s by betwixt %s.</p>\n", seconds,
                escaped(device.info().name).c_str(), BETWIXT_VERSION);
  page.section("Timing", timing);
  const std::string html = page.html();
  write_file_atomically(default_file_system(), a.output, std::as_bytes(std::span(html)));
  std::printf("%s: %.1f MB\n", a.output.c_str(), static_cast<double>(html.size()) / 1e6);
}

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command = app.add_subcommand("report", "One self-contained HTML page about a model.");
  const auto a = std::make_shared<ReportArguments>();
  command->add_option("model", a->model, "Model file")->required();
  command->add_option("--data", a->data, "Folder of its pictures")->required();
  command->add_option("-o,--output", a->output, "HTML file")->required();
  command->add_option("--title", a->title, "Title of the page");
  command->add_option("--from", a->options.from, "First picture; without, the pair of codes farthest apart");
  command->add_option("--to", a->options.to, "Last picture");
  command->add_option("--frames", a->options.frames, "Pictures of every animation")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000));
  command->add_option("--grid", a->grid, "Pictures are ROWSxCOLUMNS poses in order");
  command->add_option("--colour", a->colour, "What colours the codes")
      ->capture_default_str()
      ->check(CLI::IsMember({"order", "row", "column"}));
  command->add_flag("--every-second", a->options.every_second, "Pictures are one sequence, as in `evaluate`");
  command->add_option("--features", a->features, "Weights for the feature distance (.safetensors); without, randfeat");
  command->add_option("--features-input", a->input, "How those want pictures")
      ->capture_default_str()
      ->check(CLI::IsMember({"imagenet", "signed", "caffe"}));
  add_graph_options(*command, a->options.graph);
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command->callback([a] { report(*a); });
}

}  // namespace betwixt::cli
